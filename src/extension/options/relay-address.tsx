import { useEffect, useState } from 'preact/hooks';
import { AppError, codeOf, type ErrorCode } from '../../core/errors.ts';
import { origin as parseOrigin } from '../../core/parse.ts';
import { Button } from '../../ui/button.tsx';
import { ErrorNotice } from '../../ui/notice.tsx';
import { t } from '../../ui/text.ts';
import { call } from '../messaging/call.ts';
import type { SettingsView } from '../messaging/view.ts';
import { ActionButton } from '../screens/action-button.tsx';

type Outcome = { is: 'open' | 'saved' | 'invalid' } | { is: 'failed'; code: ErrorCode };

/** Which relay new pairings use. */
export function RelayAddress({ relay }: { relay: SettingsView['relay'] }) {
  const [typed, setTyped] = useState(relay.origin);
  const [outcome, setOutcome] = useState<Outcome>({ is: 'open' });
  useEffect(() => {
    setTyped(relay.origin);
    setOutcome((before) => (before.is === 'invalid' ? { is: 'open' } : before));
  }, [relay.origin]);
  const invalid = outcome.is === 'invalid';

  async function save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    try {
      await call('settings/relay', { origin: parseOrigin(originOf(typed)) });
      setOutcome({ is: 'saved' });
    } catch (thrown) {
      const code = codeOf(thrown);
      setOutcome(code === 'malformed-message' ? { is: 'invalid' } : { is: 'failed', code });
    }
  }

  return (
    <section class="section">
      <h2>{t('options_relay')}</h2>
      <p class="muted">{t('options_relay_what')}</p>
      <form class="stack" onSubmit={save} noValidate>
        <label class="field">
          {t('options_relay_address')}
          <input
            name="relay"
            type="url"
            dir="ltr"
            spellcheck={false}
            value={typed}
            readOnly={relay.isManaged}
            aria-invalid={invalid}
            aria-describedby="relay-outcome"
            onInput={({ currentTarget }) => {
              setTyped(currentTarget.value);
              // What was said of another address is not true of this one.
              setOutcome({ is: 'open' });
            }}
          />
        </label>
        <p id="relay-outcome" role="status">
          {invalid && t('options_relay_invalid')}
          {outcome.is === 'saved' && t('options_saved')}
        </p>
        {outcome.is === 'failed' && <ErrorNotice code={outcome.code} />}
        {relay.isManaged && <p class="muted">{t('options_managed')}</p>}
        <div class="row" hidden={relay.isManaged}>
          <Button type="submit" kind="primary" data-action="save">
            {t('options_save')}
          </Button>
          {!relay.isDefault && (
            <ActionButton name="reset" action={() => call('settings/relay', { origin: null })}>
              {t('options_reset')}
            </ActionButton>
          )}
        </div>
      </form>
    </section>
  );
}

/** The origin of an address as people type it. Throws `malformed-message`. */
function originOf(typed: string): string {
  try {
    return new URL(typed.trim()).origin;
  } catch (cause) {
    throw new AppError('malformed-message', 'not an address', { cause });
  }
}
