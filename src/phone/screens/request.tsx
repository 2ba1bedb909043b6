import { useState } from 'preact/hooks';
import { Button } from '../../ui/button.tsx';
import { Countdown } from '../../ui/countdown.tsx';
import { ErrorNotice, Notice } from '../../ui/notice.tsx';
import { t } from '../../ui/text.ts';
import type { ScreenProps } from './app.tsx';
import { Screen } from './screen.tsx';
import { WhoAsks } from './who-asks.tsx';

type Props = ScreenProps<'request'>;

export function Request(props: Props) {
  const { view, actions, now, settling } = props;
  const { key, held, waiting, problem } = view;
  const { life, request } = held;
  const isSignIn = request.type === 'sign-in';
  return (
    <Screen
      name="request"
      title={t(isSignIn ? 'phone_sign_in' : 'phone_registration')}
      actions={
        <>
          {problem ? <ErrorNotice code={problem} /> : null}
          {isSignIn ? null : <Register {...props} />}
          {isSignIn && request.choices.length > 0 ? <Numbers {...props} choices={request.choices} /> : null}
          {isSignIn && request.choices.length === 0 ? <Typed {...props} /> : null}
          <div class="denials">
            <Button kind="danger" disabled={settling} onClick={() => actions.deny(key, 'not-me')}>
              {t('phone_not_me')}
            </Button>
            <Button disabled={settling} onClick={() => actions.deny(key, 'by-mistake')}>
              {t('phone_by_mistake')}
            </Button>
          </div>
        </>
      }
    >
      <WhoAsks held={held}>
        <Countdown
          expiresAt={life.expiresAt}
          wholeMs={life.expiresAt - (life.reachedAt.detected ?? life.expiresAt)}
          now={now}
        />
      </WhoAsks>
      {waiting > 0 ? <Notice tone="plain" title={t('phone_more_waiting', waiting)} /> : null}
    </Screen>
  );
}

function Numbers({ view, actions, settling, choices }: Props & { choices: readonly string[] }) {
  return (
    <>
      <p id="pick" class="pick">
        {t('phone_pick')}
      </p>
      <fieldset class="numbers" aria-labelledby="pick">
        {choices.map((number) => (
          <button
            key={number}
            type="button"
            class="number-button"
            data-number={number}
            disabled={settling}
            onClick={() => actions.pick(view.key, number)}
          >
            {number}
          </button>
        ))}
      </fieldset>
    </>
  );
}

/** Two digits, typed: where the provider gives nothing to choose from. */
function Typed({ view, actions, settling }: Props) {
  const [digits, setDigits] = useState('');
  const submit = (event: Event) => {
    event.preventDefault();
    actions.pick(view.key, digits);
  };
  return (
    <form class="stack" onSubmit={submit}>
      <label class="field typed">
        {t('phone_type')}
        <input
          name="number"
          type="text"
          inputMode="numeric"
          autoComplete="off"
          maxLength={2}
          dir="ltr"
          disabled={settling}
          value={digits}
          onInput={({ currentTarget }) => {
            currentTarget.value = currentTarget.value.replace(/\D/g, '');
            setDigits(currentTarget.value);
          }}
        />
      </label>
      <Button kind="primary" wide type="submit" disabled={settling || !/^[1-9]\d$/.test(digits)}>
        {t('phone_type_done')}
      </Button>
    </form>
  );
}

function Register({ view, actions, settling }: Props) {
  return (
    <>
      <p>{t(view.isRegistered ? 'phone_register_again' : 'phone_register_text')}</p>
      <Button kind="primary" wide disabled={settling} onClick={() => actions.register(view.key)}>
        {t('phone_register')}
      </Button>
    </>
  );
}
