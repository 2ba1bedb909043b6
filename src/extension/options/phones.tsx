import { useEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../../ui/button.tsx';
import { Sentence } from '../../ui/sentence.tsx';
import { t } from '../../ui/text.ts';
import { useAsking } from '../../ui/use-asking.ts';
import { call } from '../messaging/call.ts';
import type { PhoneView } from '../messaging/view.ts';
import { ActionButton } from '../screens/action-button.tsx';
import { PhoneList, shownName } from '../screens/phone-list.tsx';

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
              {phone.ended === 'pairing-unreadable' ? null : <Renaming key={phone.name} phone={phone} />}
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

function Parting({ phone }: { phone: PhoneView }) {
  const asking = useAsking();
  const { pairing, pairedAt, ended } = phone;
  const name = shownName(phone);
  const since = new Date(pairedAt).toLocaleDateString(document.documentElement.lang, { dateStyle: 'long' });
  return (
    <>
      {ended === 'pairing-unreadable' ? null : (
        <p class="muted">
          <Sentence of="options_since" name={since} />
        </p>
      )}
      {asking.isOpen ? (
        <div class="stack">
          <Question name={name} />
          <div class="row">
            <ActionButton name="unpair-sure" kind="danger" action={() => call('phone/unpair', { pairing })}>
              {t('options_unpair')}
            </ActionButton>
            <Button data-action="keep" onClick={asking.close}>
              {t('options_keep')}
            </Button>
          </div>
        </div>
      ) : (
        <div class="row">
          <Button data-action="unpair" aria-label={`${t('options_unpair')}: ${name}`} {...asking.opener}>
            {t('options_unpair')}
          </Button>
        </div>
      )}
    </>
  );
}

/** Takes the focus from the button that it replaces. */
function Question({ name }: { name: string }) {
  const question = useRef<HTMLParagraphElement>(null);
  useEffect(() => question.current?.focus(), []);
  return (
    <p ref={question} tabIndex={-1} role="alert">
      <Sentence of="options_unpair_sure" name={name} />
    </p>
  );
}
