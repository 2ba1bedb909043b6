import { useRef, useState } from 'preact/hooks';
import type { Challenge } from '../../core/challenge.ts';
import type { NumberMatchOptions, NumberMatchResult } from '../../page/tandem.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { t } from '../../ui/text.ts';
import type { Api } from './api.ts';
import { endText } from './end-text.ts';
import { FailureNotice } from './failure-notice.tsx';
import { Form } from './form.tsx';
import { MatchProgress, useNumberMatch } from './number-match.tsx';
import { PasswordField } from './password-field.tsx';
import { useAction } from './use-action.ts';
import { useField } from './use-field.ts';

type Step =
  | { at: 'start' }
  | { at: 'password' }
  | { at: 'phone'; challenge: Challenge }
  | { at: 'ended'; result: NumberMatchResult };

interface Props {
  email: string;
  api: Api;
  now: () => number;
  verify: NumberMatchOptions['verify'];
  onAdded(): Promise<void>;
}

/** Registers the phone that is paired with this browser: the password where it was not entered lately, then the phone. */
export function AddPhone({ email, api, now, verify, onAdded }: Props) {
  const [step, setStep] = useState<Step>({ at: 'start' });
  const heading = useRef<HTMLHeadingElement>(null);
  const goTo = (next: Step) => {
    setStep(next);
    // What had the focus goes away with its step.
    heading.current?.focus();
  };
  const ask = useAction(async () => {
    const next = await api.call('phones/request', null);
    goTo(next.next === 'phone' ? { at: 'phone', challenge: next.challenge } : { at: 'password' });
  });
  const added = useAction(onAdded);

  async function ended(result: NumberMatchResult): Promise<void> {
    goTo({ at: 'ended', result });
    if (result.end === 'approved') await added.run();
  }

  return (
    <section class="stack" aria-labelledby="add-title" data-step={step.at}>
      <h2 id="add-title" ref={heading} tabIndex={-1}>
        {t('provider_add')}
      </h2>
      {step.at === 'ended' && (
        <>
          <EndNotice result={step.result} />
          <FailureNotice failure={added.failure} />
        </>
      )}
      <FailureNotice failure={ask.failure} />
      {(step.at === 'start' || step.at === 'ended') && (
        <>
          <p class="muted">{t('provider_add_hint')}</p>
          <Button kind="primary" aria-disabled={ask.busy} onClick={ask.run}>
            {t('provider_add_this')}
          </Button>
        </>
      )}
      {step.at === 'password' && (
        <LastPassword
          email={email}
          onPassword={async (password) => {
            await api.call('password', { password });
            await ask.run();
          }}
          onCancel={() => goTo({ at: 'start' })}
        />
      )}
      {step.at === 'phone' && <Registering challenge={step.challenge} now={now} verify={verify} onEnd={ended} />}
    </section>
  );
}

function EndNotice({ result }: { result: NumberMatchResult }) {
  if (result.end === 'gone') return null;
  if (result.end === 'approved') {
    return (
      <Notice tone="good" title={t('provider_added')}>
        <p>{t('provider_added_next')}</p>
      </Notice>
    );
  }
  const { title, next } = endText(result);
  return (
    <Notice tone="warn" title={title}>
      <p>{next}</p>
    </Notice>
  );
}

interface LastPasswordProps {
  email: string;
  onPassword(password: string): Promise<void>;
  onCancel(): void;
}

function LastPassword({ email, onPassword, onCancel }: LastPasswordProps) {
  const password = useField();
  const submit = useAction(() => onPassword(password.value()));
  return (
    <>
      <p>{t('provider_last_password')}</p>
      <FailureNotice failure={submit.failure} />
      <Form label={t('provider_next')} busy={submit.busy} onSubmit={submit.run}>
        <PasswordField field={password} email={email} invalid={submit.failure?.code === 'wrong-password'} />
      </Form>
      <Button onClick={onCancel}>{t('common_cancel')}</Button>
    </>
  );
}

interface RegisteringProps {
  challenge: Challenge;
  now: () => number;
  verify: NumberMatchOptions['verify'];
  onEnd(result: NumberMatchResult): void;
}

function Registering({ challenge, now, verify, onEnd }: RegisteringProps) {
  const match = useNumberMatch(challenge, now, verify, onEnd);
  return (
    <>
      <p>{t('provider_add_confirm')}</p>
      <MatchProgress challenge={challenge} match={match} now={now} />
      <Button onClick={match.giveUp}>{t('common_cancel')}</Button>
    </>
  );
}
