import { useRef, useState } from 'preact/hooks';
import { Button } from '../../ui/button.tsx';
import { ErrorNotice } from '../../ui/notice.tsx';
import { Sentence } from '../../ui/sentence.tsx';
import { t } from '../../ui/text.ts';
import { call } from '../messaging/call.ts';
import type { PhoneView } from '../messaging/view.ts';
import { Parting } from '../screens/parting.tsx';
import { PhoneList } from '../screens/phone-list.tsx';
import { useAction } from '../screens/use-action.ts';

/** Paired phones, and the way to part with one. */
export function Phones({ phones }: { phones: readonly PhoneView[] }) {
  return (
    <section class="section">
      <h2>{t('popup_phones')}</h2>
      {phones.length === 0 ? (
        <p>{t('popup_no_phones')}</p>
      ) : (
        <PhoneList
          phones={phones}
          details={(phone) => (
            <>
              {phone.ended === 'pairing-unreadable' ? null : (
                <>
                  <Renaming phone={phone} />
                  <Since phone={phone} />
                </>
              )}
              <Parting phone={phone} />
            </>
          )}
        />
      )}
    </section>
  );
}

function Renaming({ phone: { pairing, name } }: { phone: PhoneView }) {
  /** Null while nothing was typed. */
  const [typed, setTyped] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const { run, busy, failure } = useAction(async () => {
    await call('phone/rename', { pairing, name: typed ?? name });
    // The button goes with what was typed, which may be no name, and the focus with the button.
    field.current?.focus();
    setTyped(null);
  });
  const isOther = typed !== null && typed !== name;
  const rename = (event: SubmitEvent) => {
    event.preventDefault();
    if (isOther) run();
  };
  return (
    <form class="row" onSubmit={rename}>
      <label class="field">
        {t('options_phone_name')}
        <input
          ref={field}
          name="name"
          maxLength={64}
          autoComplete="off"
          value={typed ?? name}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        />
      </label>
      {isOther && (
        <Button type="submit" data-action="rename" aria-disabled={busy}>
          {t('options_rename')}
        </Button>
      )}
      {failure && <ErrorNotice code={failure} />}
    </form>
  );
}

/** Unknown of a pairing that cannot be read. */
function Since({ phone }: { phone: PhoneView }) {
  const since = new Date(phone.pairedAt).toLocaleDateString(document.documentElement.lang, { dateStyle: 'long' });
  return (
    <p class="muted">
      <Sentence of="options_since" name={since} />
    </p>
  );
}
