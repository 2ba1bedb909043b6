import { useState } from 'preact/hooks';
import { Button } from '../../ui/button.tsx';
import { ErrorNotice, Notice } from '../../ui/notice.tsx';
import { t } from '../../ui/text.ts';
import type { Ringing } from '../ringing.ts';

interface Props {
  ringing: Ringing;
  /** To the screen that says whether this phone rings, and why not. */
  onWhy: () => void;
}

/** On the home screen: that the person came too late, and how this phone may come to ring, as long as it does not. */
export function RingNotice({ ringing, onWhy }: Props) {
  return (
    <>
      {ringing.isTooLate.value ? (
        <Notice tone="plain" title={t('phone_ring_too_late')}>
          <p>{t('phone_ring_too_late_next')}</p>
          <Button onClick={() => ringing.readTooLate()}>{t('common_close')}</Button>
        </Notice>
      ) : null}
      <Silent ringing={ringing} onWhy={onWhy} />
    </>
  );
}

function Silent({ ringing, onWhy }: Props) {
  const state = ringing.subscriptions.state.value;
  const failed = ringing.test.failure.value;
  if (state.is === 'asks') return <AskToRing ringing={ringing} />;
  if (state.is === 'install') return <Install />;
  if (state.is === 'unsupported') {
    return (
      <Notice tone="plain" title={t('phone_ring_unsupported')}>
        <p>{t('phone_ring_unsupported_next')}</p>
      </Notice>
    );
  }
  const isOff = state.is === 'off';
  const code = isOff ? state.code : failed;
  if (code === null) return null;
  return (
    <>
      <ErrorNotice code={code} tone="warn">
        {isOff ? null : <Button onClick={() => ringing.test.forget()}>{t('common_close')}</Button>}
      </ErrorNotice>
      <Button wide onClick={onWhy}>
        {t('phone_ring_why')}
      </Button>
    </>
  );
}

/** A browser asks once, and a no is for good: so it is said before what for. */
export function AskToRing({ ringing }: { ringing: Ringing }) {
  const [busy, setBusy] = useState(false);
  const allow = () => {
    if (busy) return;
    setBusy(true);
    ringing.subscriptions.allow().finally(() => setBusy(false));
  };
  return (
    <Notice tone="plain" title={t('phone_ring_ask')}>
      <p>{t('phone_ring_ask_text')}</p>
      <Button kind="primary" wide aria-disabled={busy} onClick={allow}>
        {t('phone_ring_allow')}
      </Button>
    </Notice>
  );
}

/** Safari on iOS wakes an app only from the home screen, and clears a page's storage after seven days without a visit. */
export function Install() {
  return (
    <Notice tone="warn" title={t('phone_ring_install')}>
      <ol class="how">
        <li>{t('phone_ring_install_1')}</li>
        <li>{t('phone_ring_install_2')}</li>
        <li>{t('phone_ring_install_3')}</li>
      </ol>
      <p>{t('phone_ring_install_why')}</p>
    </Notice>
  );
}
