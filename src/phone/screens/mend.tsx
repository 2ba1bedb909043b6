import { useEffect, useState } from 'preact/hooks';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Question } from '../../ui/question.tsx';
import { type MessageKey, t } from '../../ui/text.ts';
import { useAsking } from '../../ui/use-asking.ts';
import { type Checks, checkPhone, clockToleranceMs, isWell } from '../checks.ts';
import type { ScreenProps } from './app.tsx';
import { Back } from './back.tsx';
import { Screen } from './screen.tsx';

interface Line {
  name: string;
  isWell: boolean;
  title: MessageKey;
  next?: MessageKey;
}

/** What Tandem needs of this phone, what is wrong with it, and how to part with the phone for good. */
export function Mend({ vault, actions, clockAheadMs }: ScreenProps<'mend'>) {
  const [checks, setChecks] = useState<Checks | null>(null);
  const [round, setRound] = useState(0);
  useEffect(() => {
    const canVerify = async () => PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable();
    const asked = { vault, storage: navigator.storage, canVerify, clockAheadMs: clockAheadMs() };
    checkPhone(asked).then(setChecks);
  }, [vault, clockAheadMs, round]);
  const again = () => setRound(round + 1);
  return (
    <Screen
      name="mend"
      title={t('phone_mend_title')}
      actions={
        <>
          <Button wide onClick={again}>
            {t('phone_mend_again')}
          </Button>
          <Back actions={actions} />
        </>
      }
    >
      {checks ? <Found checks={checks} onAgain={again} /> : null}
      <section class="stack">
        <h2>{t('phone_mend_elsewhere')}</h2>
        <p>{t('phone_mend_old_phone')}</p>
        <Retire onRetire={actions.retire} />
      </section>
    </Screen>
  );
}

function linesOf({ keepsKeys, isPrivate, hasLock, clockAheadMs }: Checks): Line[] {
  const isOff = Math.abs(clockAheadMs ?? 0) > clockToleranceMs;
  return [
    keepsKeys
      ? { name: 'keys', isWell: true, title: 'phone_mend_keys_well' }
      : { name: 'keys', isWell: false, title: 'phone_mend_keys', next: 'phone_mend_keys_next' },
    isPrivate
      ? { name: 'private', isWell: false, title: 'phone_mend_private', next: 'phone_mend_private_next' }
      : { name: 'private', isWell: true, title: 'phone_mend_private_well' },
    hasLock
      ? { name: 'lock', isWell: true, title: 'phone_mend_lock_well' }
      : { name: 'lock', isWell: false, title: 'phone_mend_lock', next: 'phone_mend_lock_next' },
    isOff
      ? { name: 'clock', isWell: false, title: 'phone_mend_clock', next: 'phone_mend_clock_next' }
      : { name: 'clock', isWell: true, title: 'phone_mend_clock_well' },
  ];
}

function Found({ checks, onAgain }: { checks: Checks; onAgain: () => void }) {
  return (
    <>
      <p role="status">{t(isWell(checks) ? 'phone_mend_well' : 'phone_mend_not_well')}</p>
      <ul class="entries">
        {linesOf(checks).map(({ name, isWell: well, title, next }) => (
          <li key={name} data-check={name} data-well={String(well)}>
            <Notice tone={well ? 'good' : 'warn'} title={t(title)}>
              {next ? <p>{t(next)}</p> : null}
            </Notice>
          </li>
        ))}
      </ul>
      {checks.isKept === false ? (
        <Notice tone="plain" title={t('phone_mend_kept')}>
          <p>{t('phone_mend_kept_next')}</p>
          <Button onClick={() => navigator.storage.persist().then(onAgain, onAgain)}>{t('phone_mend_keep')}</Button>
        </Notice>
      ) : null}
    </>
  );
}

/** Ends everything on this phone, as before it is sold or given away. */
function Retire({ onRetire }: { onRetire: () => void }) {
  const asking = useAsking();
  if (!asking.isOpen) {
    return (
      <Button kind="danger" wide {...asking.opener}>
        {t('phone_mend_retire')}
      </Button>
    );
  }
  return (
    <Question asks={t('phone_mend_retire_ask')} yes={t('phone_mend_retire')} onYes={onRetire} onNo={asking.close} />
  );
}
