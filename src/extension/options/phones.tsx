import { useState } from 'preact/hooks';
import { Sentence } from '../../ui/sentence.tsx';
import { t } from '../../ui/text.ts';
import { call } from '../messaging/call.ts';
import type { PhoneView } from '../messaging/view.ts';
import { ActionButton } from '../screens/action-button.tsx';
import { Parting } from '../screens/parting.tsx';
import { PhoneList } from '../screens/phone-list.tsx';

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
                  <Renaming key={phone.name} phone={phone} />
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
  const [typed, setTyped] = useState(name);
  return (
    <div class="row">
      <label class="field">
        {t('options_phone_name')}
        <input
          name="name"
          maxLength={64}
          autoComplete="off"
          value={typed}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        />
      </label>
      {typed === name ? null : (
        <ActionButton name="rename" action={() => call('phone/rename', { pairing, name: typed })}>
          {t('options_rename')}
        </ActionButton>
      )}
    </div>
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
