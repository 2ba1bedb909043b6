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
  readonly #inTurn = inTurn();
  #told: ToldSubscription | null = null;
  /** For which pairings it was said since the start. */
  readonly #said = new Set<string>();
  #stop: () => void = () => undefined;

  constructor(phone: Phone, device: PushDevice) {
    this.#phone = phone;
    this.#device = device;
  }

  /** Looks after it from now on, and again with each pairing. */
  start(): void {
    let before = -1;
    this.#stop = effect(() => {
      const { length } = this.#pairings;
      if (length === before) return;
      before = length;
      void this.refresh();
    });
  }

  stop(): void {
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
    const subscription = await this.#inTime(this.#subscription(access, anew));
    const { vault } = this.#phone.parts;
    const told = await loadTold(vault);
    const isKnown = !anew && told?.subscription === subscription;
    if (!isKnown) this.#said.clear();
    this.#told = isKnown ? told : { subscription, pairings: [] };
    const kept = new Set(this.#told.pairings);
    const unsaid = pairings.filter(({ pairing }) => !kept.has(pairing) || !this.#said.has(pairing));
    for (const { pairing } of unsaid) {
      this.#said.add(pairing);
      await this.#phone.subscribe(pairing, subscription);
    }
    return pairings.every(({ pairing }) => kept.has(pairing)) ? { is: 'on' } : { is: 'looking' };
  }

  /** `PushSubscription.toJSON()`, as far as the relay needs it. */
  async #subscription(access: PushAccess, anew: boolean): Promise<string> {
    const before = await access.getSubscription();
    const key = await this.#publicKey(before !== null && !anew);
    const isGood = before !== null && !anew && (key === null || isFor(before, key)) && !endsSoon(before, this.#now());
    if (before !== null && !isGood) await before.unsubscribe();
    const subscription =
      before !== null && isGood
        ? before
        : await access.subscribe({ userVisibleOnly: true, applicationServerKey: fromBase64url(key as string) });
    const { endpoint, keys } = subscription.toJSON();
    return JSON.stringify({ endpoint, keys: { p256dh: keys?.p256dh, auth: keys?.auth } });
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
    const { pairings = [] } = this.#told ?? {};
    if (this.#pairings.every(({ pairing }) => pairings.includes(pairing))) this.state.value = { is: 'on' };
  }

  #inTime<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.#phone.parts.clock.after(patienceMs, () => reject(new AppError('push-unavailable', 'late')));
      work.then(resolve, reject).finally(cancel);
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

function isFor({ options }: PushSubscription, key: string): boolean {
  // Some browsers do not say what key it is for.
  if (!options?.applicationServerKey) return true;
  return base64url(new Uint8Array(options.applicationServerKey)) === key;
}

function endsSoon({ expirationTime }: PushSubscription, now: number): boolean {
  return expirationTime !== null && expirationTime < now + shortMs;
}
