import { effect, signal } from '@preact/signals';
import { base64url, fromBase64url } from '../core/bytes.ts';
import { AppError, codeOf, type ErrorCode } from '../core/errors.ts';
import { inTurn } from '../core/in-turn.ts';
import type { PushEvent } from '../relay-client/relay-client.ts';
import { becomes } from './becomes.ts';
import type { PairingEntry } from './pairings.ts';
import type { Phone } from './phone.ts';
import type { PushAccess, PushDevice } from './push-device.ts';
import { loadTold, saveTold, type ToldSubscription } from './storage/told-subscription.ts';

/** How long a browser may take to subscribe, ms; where its push service cannot be reached it never ends. */
const patienceMs = 10_000;
/** A subscription that ends sooner than this is replaced, ms. */
const shortMs = 3 * 24 * 3_600_000;

/** Whether this phone rings, and what keeps it from it. */
export type RingState =
  | { readonly is: 'looking' }
  /** Nothing is paired, so nothing rings. */
  | { readonly is: 'unpaired' }
  /** The app has to be put on the home screen first. */
  | { readonly is: 'install' }
  | { readonly is: 'unsupported' }
  /** The person has not been asked. */
  | { readonly is: 'asks' }
  | { readonly is: 'off'; readonly code: ErrorCode }
  | { readonly is: 'on' };

/**
 * This phone's one Web Push subscription, and the relay's knowledge of it: made where it is missing, made anew where it
 * is about to end, is for another key of the relay's or is gone, as its push service told the relay, and told for each
 * pairing once at each start. What fails here fails neither pairing nor signing in.
 */
export class PushSubscriptions {
  readonly state = signal<RingState>({ is: 'looking' });
  readonly #phone: Phone;
  readonly #device: PushDevice;
  readonly #renewed: () => void;
  readonly #inTurn = inTurn();
  #told: ToldSubscription | null = null;
  /** For which pairings it was said since the start. */
  readonly #said = new Set<string>();
  #stop: () => void = () => undefined;
  #isStopped = false;

  /** `renewed`: it is another one than the relay was told of. */
  constructor(phone: Phone, device: PushDevice, renewed: () => void) {
    this.#phone = phone;
    this.#device = device;
    this.#renewed = renewed;
  }

  /** Looks after it from now on, again with each pairing, and when the relay is back, which may have another key by then. */
  start(): void {
    let before = -1;
    let wasReached = false;
    let timesReached = 0;
    this.#stop = effect(() => {
      const { length } = this.#pairings;
      const isReached = this.#phone.reached.value.size > 0;
      if (isReached && !wasReached) timesReached++;
      const isBack = isReached && !wasReached && timesReached > 1;
      wasReached = isReached;
      if (length === before && !isBack) return;
      before = length;
      void this.refresh();
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#stop();
  }

  /** The person wants this phone to ring. To be called right in the handler of a tap. */
  async allow(): Promise<void> {
    // Asked for before anything else is awaited, as a browser asks only while the tap is fresh.
    const asked = this.#device.permission() === 'default' ? this.#device.askPermission() : Promise.resolve();
    try {
      await asked;
      await this.#device.keepStorage();
    } catch (thrown) {
      this.state.value = { is: 'off', code: codeOf(thrown) };
      return;
    }
    await this.refresh();
  }

  /** Makes and tells what is missing. `anew`: as if the relay knew nothing. Never rejects: what fails is the state. */
  refresh(anew = false): Promise<void> {
    return this.#inTurn(() => this.#refresh(anew));
  }

  /** Resolves once it rings, or cannot. */
  async settled(): Promise<void> {
    await becomes(() => this.state.value.is !== 'looking');
  }

  /** What the relay says about it. */
  said(pairing: string, event: PushEvent): Promise<void> {
    return this.#inTurn(async () => {
      // Each relay says so of the one that all were told; there is another by then.
      if (event.is === 'gone' && event.subscription === this.#told?.subscription) await this.#refresh(true);
      if (event.is === 'refused') this.state.value = { is: 'off', code: 'push-refused' };
      if (event.is !== 'subscribed' || !this.#told) return;
      const pairings = [...this.#told.pairings.filter((one) => one !== pairing), pairing];
      this.#told = { ...this.#told, pairings };
      await saveTold(this.#phone.parts.vault, this.#told);
      this.#allTold();
    });
  }

  async #refresh(anew: boolean): Promise<void> {
    try {
      this.state.value = await this.#refreshed(anew);
    } catch (thrown) {
      this.state.value = { is: 'off', code: thrown instanceof AppError ? thrown.code : 'push-unavailable' };
    }
  }

  async #refreshed(anew: boolean): Promise<RingState> {
    const pairings = this.#pairings;
    if (pairings.length === 0) return { is: 'unpaired' };
    if (this.#device.needsInstall) return { is: 'install' };
    const access = await this.#device.access();
    if (!access) return { is: 'unsupported' };
    const permission = this.#device.permission();
    if (permission === 'default') return { is: 'asks' };
    if (permission === 'denied') return { is: 'off', code: 'notifications-denied' };
    const told = await loadTold(this.#phone.parts.vault);
    const before = await this.#inTime(() => access.getSubscription());
    const isTold = before !== null && told?.subscription === textOf(before);
    // It is woken by that. Whether the relay has another key by now takes an answer of the relay's.
    if (isTold && !anew && isToldFor(told, pairings)) this.state.value = { is: 'on' };
    const madeFor = isTold ? told.key : undefined;
    const now = await this.#inTime((isLate) => this.#current(access, before, { madeFor, anew, isLate }));
    const isKnown = isTold && !anew && told.subscription === now.subscription;
    if (!isKnown) {
      this.#said.clear();
      this.#renewed();
    }
    this.#told = isKnown ? told : { ...now, pairings: [] };
    const kept = new Set(this.#told.pairings);
    const unsaid = pairings.filter(({ pairing }) => !kept.has(pairing) || !this.#said.has(pairing));
    for (const { pairing } of unsaid) {
      this.#said.add(pairing);
      await this.#phone.subscribe(pairing, now.subscription);
    }
    return isToldFor(this.#told, pairings) ? { is: 'on' } : { is: 'looking' };
  }

  /** The subscription as it is to be. `madeFor`: as in `isFor`; `isLate`: nobody waits for it any more. */
  async #current(
    access: PushAccess,
    before: PushSubscription | null,
    { madeFor, anew, isLate }: { madeFor: string | undefined; anew: boolean; isLate: () => boolean },
  ): Promise<Omit<ToldSubscription, 'pairings'>> {
    const key = await this.#publicKey(before !== null && !anew);
    // One that ends soon is better than none, which is what is left where the relay's key is not to be had.
    const isGood = !anew && (key === null || (isFor(key, before, madeFor) && !endsSoon(before, this.#now())));
    if (before && isGood) return { subscription: textOf(before) };
    // Once it has ended the relay has to hear of another, which it does from nobody who has stopped.
    if (this.#isStopped || isLate()) throw new AppError('push-unavailable', 'stopped');
    this.state.value = { is: 'looking' };
    await before?.unsubscribe();
    const options = { userVisibleOnly: true, applicationServerKey: fromBase64url(key as string) };
    return { subscription: textOf(await access.subscribe(options)), key: key as string };
  }

  /** Null where it cannot be had now and need not be. */
  async #publicKey(isSpare: boolean): Promise<string | null> {
    try {
      return await this.#device.publicKey();
    } catch (thrown) {
      if (isSpare) return null;
      throw thrown;
    }
  }

  #allTold(): void {
    if (this.#told && isToldFor(this.#told, this.#pairings)) this.state.value = { is: 'on' };
  }

  #inTime<T>(work: (isLate: () => boolean) => Promise<T>): Promise<T> {
    let isLate = false;
    return new Promise((resolve, reject) => {
      const cancel = this.#phone.parts.clock.after(patienceMs, () => {
        isLate = true;
        reject(new AppError('push-unavailable', 'late'));
      });
      work(() => isLate)
        .then(resolve, reject)
        .finally(cancel);
    });
  }

  /** Those that go on: of the others no relay keeps anything. */
  get #pairings(): readonly PairingEntry[] {
    return this.#phone.pairings.value.filter(({ ended }) => ended === null);
  }

  #now(): number {
    return this.#phone.parts.clock.now();
  }
}

/** `PushSubscription.toJSON()`, as far as the relay needs it. */
function textOf(subscription: PushSubscription): string {
  const { endpoint, keys } = subscription.toJSON();
  return JSON.stringify({ endpoint, keys: { p256dh: keys?.p256dh, auth: keys?.auth } });
}

/** Whether it wakes the phone for all of these. */
function isToldFor({ pairings: told }: ToldSubscription, pairings: readonly PairingEntry[]): boolean {
  return pairings.every(({ pairing }) => told.includes(pairing));
}

/** `madeFor`: the key that it was made for, as far as this app remembers; some browsers do not say. */
function isFor(key: string, of: PushSubscription | null, madeFor: string | undefined): boolean {
  const said = of?.options?.applicationServerKey;
  const known = said ? base64url(new Uint8Array(said)) : madeFor;
  return known === undefined || known === key;
}

function endsSoon(of: PushSubscription | null, now: number): boolean {
  const { expirationTime = null } = of ?? {};
  return expirationTime !== null && expirationTime < now + shortMs;
}
