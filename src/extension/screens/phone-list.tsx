import type { ComponentChildren } from 'preact';
import { t, textOf } from '../../ui/text.ts';
import type { PhoneView } from '../messaging/view.ts';

interface Props {
  phones: readonly PhoneView[];
  /** What stands below a phone's name. */
  details: (phone: PhoneView) => ComponentChildren;
}

/** Paired phones with whether they can be reached now. */
export function PhoneList({ phones, details }: Props) {
  return (
    <ul class="phones">
      {phones.map((phone) => (
        <li key={phone.pairing} class="phone card" data-pairing={phone.pairing}>
          <p class="phone-name">
            <bdi>{shownName(phone)}</bdi>
          </p>
          <p class={phone.online ? 'phone-state phone-online' : 'phone-state'}>{stateOf(phone)}</p>
          {details(phone)}
        </li>
      ))}
    </ul>
  );
}

/** What a phone is called on the screen; one whose pairing cannot be read has lost its name as well. */
export function shownName({ name, ended }: Pick<PhoneView, 'name' | 'ended'>): string {
  return ended === 'pairing-unreadable' ? t('popup_nameless_phone') : name;
}

function stateOf({ ended, online, seenAt }: PhoneView): string {
  if (ended) return `${textOf('error', ended)} ${textOf('error', ended, '_next')}`;
  if (online) return t('popup_online');
  const time = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'medium', timeStyle: 'short' });
  return t('popup_seen', time.format(seenAt));
}
