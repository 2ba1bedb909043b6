import { effect } from '@preact/signals';
import { base64url } from '../../core/bytes.ts';
import { peek } from '../../core/conversation.ts';
import { AppError } from '../../core/errors.ts';
import type { Random } from '../../core/keys.ts';
import { limits } from '../../core/limits.ts';
import type { PhoneRequest } from '../../core/messages.ts';
import type { Clock } from '../../relay-client/socket.ts';
import { nameOf } from '../../vault/pairing-book.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Notifications } from '../notifications.ts';
import type { Phone } from '../phone.ts';
import { forgetFailedRing } from '../storage/failed-ring.ts';
import { isCrowded, isUnseen, keyOf, loadRequest, loadRequests, requestKey } from '../storage/held-request.ts';
import { loadRegistrations, type Registration } from '../storage/registration.ts';
import { type Pushed, readPush } from './read-push.ts';
import type { SpareLeadership } from './spare-leadership.ts';

/** How long the worker leads at most to take in what a push has brought, ms; push services give some 30 s. */
const leadMs = 8_000;
/** How long it looks for what waits at the relay when a push only woke it, ms. */
const fetchMs = 3_000;
/** How long after a push what had to be shown for it stays, ms. */
const dutyMs = 1_000;

export interface RingerOptions {
  openVault: () => Promise<Vault>;
  /** The app without its screens, in this worker. It closes the vault when it stops. */
  openPhone: (vault: Vault) => Promise<Phone>;
  leadership: Pick<SpareLeadership, 'takeIfFree'>;
  notifications: Notifications;
  /** Tells the app's windows that a test has rung. */
  rang: (test: string, pairing: string) => Promise<void>;
  /** Gives the app's windows, one of which leads, what was pushed; no bytes for an empty push. */
  hand: (push: Uint8Array) => Promise<void>;
  /** Makes the subscription anew and resolves once the relay has it. */
  renew: (phone: Phone) => Promise<void>;
  clock: Clock;
  random: Random;
}

interface Leading {
  readonly phone: Phone;
  readonly wanted: AbortSignal;
  /** Pushes that are taken in beside what it leads for. */
  readonly others: Set<Promise<void>>;
}

/** What the worker does with a push: shows it at once, and takes it in where no window of the app does. */
export class Ringer {
  readonly #options: RingerOptions;
  /** What was rung for and has not ended, as far as this worker knows. */
  readonly #rung = new Set<string>();
  #leading: Leading | null = null;

  constructor(options: RingerOptions) {
    this.#options = options;
  }

  /** Resolves when the worker is not needed any more. `payload`: null for an empty push. */
  async push(payload: Uint8Array | null): Promise<void> {
    const { openVault, random, clock, notifications, hand } = this.#options;
    let vault: Vault | null = null;
    let isTaken = false;
    let isFetched = false;
    try {
      vault = await openVault();
      const pushed = await readPush(payload, vault, random);
      await this.#show(pushed, vault);
      if (pushed.is === 'ringing') return;
      if (this.#leading) return await this.#takeInto(this.#leading, pushed);
      isTaken = await this.#lead(vault, (phone, wanted) => this.#takeIn(phone, pushed, wanted));
      // The connection of a window that leads may be dead, without its knowing.
      if (!isTaken) await hand(payload ?? new Uint8Array(0));
      // What was fetched has notifications of its own.
      isFetched = isTaken && pushed.is === 'wake-up';
    } catch (thrown) {
      // A browser ends the subscription of who shows nothing; what is broken, the app says when it is opened.
      await notifications.waiting();
      if (!(thrown instanceof AppError)) throw thrown;
    } finally {
      if (!isTaken) vault?.close();
      // After the push, for which something had to be there. A worker that is ended before leaves it to the next one.
      clock.after(
        dutyMs,
        () => void notifications.clear(({ key, test }) => isFetched && key === undefined && test === undefined),
      );
    }
  }

  /** The browser has ended or replaced the subscription. Where a window leads, it looks after that by itself. */
  async renew(): Promise<void> {
    const { openVault, renew } = this.#options;
    const vault = await openVault();
    const isTaken = await this.#lead(vault, (phone, wanted) =>
      // Also until what came meanwhile is shown.
      Promise.race([renew(phone).then(() => phone.settled()), this.#elapsed(leadMs, wanted)]),
    );
    if (!isTaken) vault.close();
  }

  async #show(pushed: Pushed, vault: Vault): Promise<void> {
    const { notifications, rang } = this.#options;
    if (pushed.is === 'wake-up') return notifications.waiting();
    if (pushed.is === 'ringing') {
      await notifications.test(pushed.id, pushed.pairing);
      return rang(pushed.id, pushed.pairing);
    }
    const { message, pairing, frame } = pushed;
    if (message?.kind === 'ping') return notifications.test(message.id, pairing.pairing);
    if (message?.kind === 'withdraw' || message?.kind === 'outcome') {
      return this.#over(requestKey({ pairing: pairing.pairing, id: message.id }));
    }
    if (message?.kind !== 'request') return notifications.nothing();
    const key = requestKey({ pairing: pairing.pairing, id: message.request.id });
    // Under the name that the person saw when pairing, as in the app.
    const request = { ...message.request, browser: nameOf(pairing) };
    const [isNews, registrations] = await Promise.all([
      this.#isNews(vault, key, pairing.pairing, frame.body),
      loadRegistrations(vault),
    ]);
    if (isNews && isForThisPhone(request, registrations)) return this.#ring(key, request);
    return notifications.nothing();
  }

  /** Whether a request waits for the person as far as is known here: a push service or a relay may say it again. */
  async #isNews(vault: Vault, key: string, pairing: string, body: Uint8Array): Promise<boolean> {
    const held = await loadRequest(vault, key);
    if (held) return isUnseen(held);
    // It will be declined.
    if (isCrowded(await loadRequests(vault), pairing, this.#options.clock.now())) return false;
    return (await vault.get(`post:seen:${pairing}:first:${base64url(peek(body).conversation)}`)) === undefined;
  }

  async #ring(key: string, request: PhoneRequest): Promise<void> {
    this.#rung.add(key);
    const leftMs = request.expiresAt - this.#options.clock.now();
    // A clock that is wrong must not take it away too soon, nor leave it for ever.
    const isLikely = leftMs > 0 && leftMs <= limits.longestRequestLifeMs;
    const lifeMs = isLikely ? leftMs : limits.requestLifeMs;
    await this.#options.notifications.ring(key, request, lifeMs);
    // For as long as the browser lets the worker be. It is not asked to wait: a push without a notification at its end
    // would have the browser show one of its own.
    this.#options.clock.after(lifeMs, () => void this.#options.notifications.clear());
  }

  async #over(key: string): Promise<void> {
    this.#rung.delete(key);
    await this.#options.notifications.over(key);
  }

  /** Leads if no window does. False when one does, which has the message from the relay itself, or will. */
  #lead(vault: Vault, work: (phone: Phone, wanted: AbortSignal) => Promise<void>): Promise<boolean> {
    const { leadership, openPhone } = this.#options;
    return leadership.takeIfFree(async (wanted) => {
      const phone = await openPhone(vault);
      const leading: Leading = { phone, wanted, others: new Set() };
      this.#leading = leading;
      const stopFollowing = this.#follow(phone);
      try {
        await work(phone, wanted);
        while (leading.others.size > 0) await Promise.allSettled(leading.others);
      } finally {
        this.#leading = null;
        stopFollowing();
        phone.stop();
      }
    });
  }

  /** As `#takeIn`, with what leads for another event, and leads on until this is done. */
  async #takeInto({ phone, wanted, others }: Leading, pushed: Pushed): Promise<void> {
    const taking = this.#takeIn(phone, pushed, wanted);
    others.add(taking);
    await taking.finally(() => others.delete(taking));
  }

  async #takeIn(phone: Phone, pushed: Pushed, wanted: AbortSignal): Promise<void> {
    const work = async () => {
      // It rings.
      await forgetFailedRing(phone.vault);
      if (pushed.is !== 'delivery') return this.#elapsed(fetchMs, wanted);
      await phone.take(pushed.frame);
      await phone.settled();
      const key = requestIn(pushed);
      // Declined, or expired by the relay's clock.
      if (this.#rung.has(key) && !phone.requests.value.some((held) => keyOf(held) === key)) await this.#over(key);
    };
    await Promise.race([work(), this.#elapsed(leadMs, wanted)]);
  }

  /** Resolves after that time, or when a window wants the lead. */
  #elapsed(ms: number, wanted: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(ms, resolve);
      const end = () => {
        cancel();
        resolve();
      };
      if (wanted.aborted) end();
      else wanted.addEventListener('abort', end);
    });
  }

  /** Shows what comes and goes while the worker leads. */
  #follow(phone: Phone): () => void {
    const { notifications } = this.#options;
    const before = new Map(phone.requests.value.map((held) => [keyOf(held), isUnseen(held)]));
    let last: Promise<void> = Promise.resolve();
    const inTurn = (show: () => Promise<void>) => {
      last = last.then(show);
    };
    return effect(() => {
      for (const held of phone.requests.value) {
        if (!isForThisPhone(held.request, phone.registrations.value)) continue;
        const key = keyOf(held);
        const waited = before.get(key) ?? this.#rung.has(key);
        before.set(key, isUnseen(held));
        if (isUnseen(held) && !waited) inTurn(() => this.#ring(key, held.request));
        if (isUnseen(held) || !waited) continue;
        const isRefused = held.answer?.decision === 'cannot';
        inTurn(() => (isRefused ? notifications.refused(key, held.request) : this.#over(key)));
      }
    });
  }
}

/**
 * Whether the person is called for it. A browser asks every phone that it is paired with for a sign-in, and one on which the
 * account is not registered at all has nothing to do with that: the app, where it is opened, says so. An account that is
 * registered here, and elsewhere than the page says, is another matter.
 */
function isForThisPhone({ type, account }: PhoneRequest, registrations: readonly Registration[]): boolean {
  return type !== 'sign-in' || registrations.some((one) => one.account === account);
}

/** The key of the request that it brings; empty for anything else. */
function requestIn(pushed: Pushed): string {
  if (pushed.is !== 'delivery' || pushed.message?.kind !== 'request') return '';
  return requestKey({ pairing: pushed.pairing.pairing, id: pushed.message.request.id });
}
