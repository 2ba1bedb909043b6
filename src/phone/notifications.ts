import type { PhoneRequest } from '../core/messages.ts';
import { orNull } from '../core/or-null.ts';
import { integer, object, optional, type Parsed, string } from '../core/parse.ts';
import type { Clock } from '../relay-client/socket.ts';
import { type MessageKey, t } from '../ui/text.ts';

/** The part of a service worker's registration that is used here. */
export type NotificationCentre = Pick<ServiceWorkerRegistration, 'showNotification' | 'getNotifications'>;

/** What a notification of ours carries. */
const carried = object({
  /** Of the request that it is about. */
  key: optional(string(64)),
  /** Of the self-test that it belongs to, with the pairing that it is for. */
  test: optional(string(64)),
  pairing: optional(string(64)),
  /** From when on it is of no use, ms since 1970. */
  until: integer(0, Number.MAX_SAFE_INTEGER),
});
export type Carried = Parsed<typeof carried>;

/** How long the notification of a self-test stays, ms. */
const testMs = 60_000;

const titles: { readonly [Type in PhoneRequest['type']]: MessageKey } = {
  'sign-in': 'phone_notification_sign_in',
  registration: 'phone_notification_registration',
  observed: 'phone_notification_observed',
};

export interface NotificationsOptions {
  centre: NotificationCentre;
  clock: Clock;
  lang: string;
  dir: 'ltr' | 'rtl';
}

/** What the phone shows while the app is not in front. Names in it are set apart, whatever their direction. */
export class Notifications {
  readonly #options: NotificationsOptions;

  constructor(options: NotificationsOptions) {
    this.#options = options;
  }

  /**
   * Rings for a request that waits: where, for whom, from which browser and until when, and never the number. `key`:
   * `requestKey`. The time is said because nothing can be relied on to take the notification away at its end.
   */
  async ring(key: string, { type, origin, account, browser }: PhoneRequest, leftMs: number): Promise<void> {
    const host = apart(new URL(origin).host);
    const who = account === undefined ? [] : [apart(account)];
    const until = this.#options.clock.now() + leftMs;
    await this.#show(t(titles[type], host), {
      body: [...who, apart(browser), t('phone_notification_until', this.#timeOf(until))].join('\n'),
      tag: key,
      requireInteraction: true,
      data: { key, until },
    });
  }

  /** A request that this phone has refused by itself, of which the person must hear. */
  async refused(key: string, { origin }: PhoneRequest): Promise<void> {
    await this.#show(t('phone_notification_refused', apart(new URL(origin).host)), {
      body: t('phone_notification_refused_text'),
      tag: key,
      requireInteraction: true,
      data: { key, until: Number.MAX_SAFE_INTEGER },
    });
  }

  /**
   * A request is over. Each push has to show something: a browser that finds nothing shown at its end says itself that
   * the page works in the background, or ends the subscription. So this takes the place of what was shown, without a
   * sound, and the next `clear` takes it away.
   */
  async over(key: string): Promise<void> {
    await this.#duty(key, 'phone_notification_over');
  }

  /** Something came that only the app can read. */
  async waiting(): Promise<void> {
    await this.#show(t('phone_notification_waiting'), {
      body: t('phone_notification_waiting_text'),
      tag: 'waiting',
      silent: true,
      data: { until: Number.MAX_SAFE_INTEGER },
    });
  }

  /** Something came of which nobody needs to know; shown as `over` is. */
  async nothing(): Promise<void> {
    await this.#duty('nothing', 'phone_notification_nothing');
  }

  /** This phone rings; the person is to open the app from here. */
  async test(test: string, pairing: string): Promise<void> {
    await this.#show(t('phone_notification_test'), {
      body: t('phone_notification_test_text'),
      tag: 'test',
      data: { test, pairing, until: this.#options.clock.now() + testMs },
    });
  }

  /** Takes away what is of no use any more, and what `isOver` says so of. */
  async clear(isOver: (carried: Carried) => boolean = () => false): Promise<void> {
    const now = this.#options.clock.now();
    for (const notification of await this.#options.centre.getNotifications()) {
      const of = carriedBy(notification);
      if (!of || of.until <= now || isOver(of)) notification.close();
    }
  }

  /** Takes the place of what was shown under the tag, without a sound, and is of use only until the push is over. */
  async #duty(tag: string, text: MessageKey): Promise<void> {
    await this.#show(t(text), { tag, silent: true, data: { until: this.#options.clock.now() } });
  }

  #timeOf(ms: number): string {
    return new Intl.DateTimeFormat(this.#options.lang, { timeStyle: 'short' }).format(ms);
  }

  #show(title: string, options: NotificationOptions): Promise<void> {
    const { centre, lang, dir } = this.#options;
    return centre.showNotification(title, { icon: '/icon-192.png', lang, dir, ...options });
  }
}

/** What a notification carries; null for one of another version. */
export function carriedBy({ data }: { data: unknown }): Carried | null {
  return orNull(() => carried(data, 'notification'));
}

/** First-strong isolate and its end (Unicode Standard Annex 9). */
function apart(name: string): string {
  return `\u2068${name}\u2069`;
}
