import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import { codeOf, type ErrorCode } from '../core/errors.ts';
import type { FrameOf } from '../core/frames.ts';
import { limits } from '../core/limits.ts';
import type { Message } from '../core/messages.ts';
import { Post } from '../relay-client/post.ts';
import type { Vault } from '../vault/vault.ts';
import { Answering } from './answering.ts';
import { PairingUnderWay } from './pairing-under-way.ts';
import { type PairingEntry, Pairings } from './pairings.ts';
import type { PhoneParts } from './parts.ts';
import { type PhoneActions, phoneActions } from './phone-actions.ts';
import { postEvents } from './post-events.ts';
import { RelayPresence } from './relay-presence.ts';
import { RequestBook } from './request-book.ts';
import { RequestDesk } from './request-desk.ts';
import type { HeldRequest } from './storage/held-request.ts';
import { postStore } from './storage/post-store.ts';
import type { Registration } from './storage/registration.ts';
import { isRequest, type Place, type View, viewOf } from './view.ts';
import { watchSwitches } from './watch-switches.ts';

/** Screens on which a window is waited for. */
const busy: ReadonlySet<View['screen']> = new Set<View['screen']>(['pairing', 'digits']);

/** The phone app but for its screens. */
export class Phone {
  readonly view: ReadonlySignal<View>;
  /** The request on the screen has just taken another screen's place. */
  readonly settling = signal(false);
  /** As `RelayPresence` has them. */
  readonly trouble: ReadonlySignal<ErrorCode | null>;
  readonly reached: ReadonlySignal<ReadonlySet<string>>;
  /** Whether it may be left alone: nothing is under way that a window has to be there for. */
  readonly isQuiet: ReadonlySignal<boolean>;
  /** Something that should not happen. */
  readonly fault = signal<ErrorCode | null>(null);
  /** Where the person is when nothing asks for them. */
  readonly place = signal<Place>('home');
  readonly vault: Vault;
  readonly registrations: ReadonlySignal<readonly Registration[]>;
  /** This device's clock, by which a request's life is counted. */
  readonly now: () => number;
  readonly actions: PhoneActions;
  /** What it was handed. */
  readonly parts: PhoneParts;
  readonly #relay = new RelayPresence();
  readonly #pairings: Pairings;
  readonly #pairing: PairingUnderWay;
  readonly #book: RequestBook;
  readonly #requests: RequestDesk;
  readonly #answering: Answering;
  readonly #ready: Promise<Post>;
  #setReady: (post: Post) => void = () => undefined;
  /** The relay's time, ms, once it has told it. */
  #relayNow: (() => number) | null = null;
  /** How often a relay has said what became of a message of ours. */
  readonly #told = signal(0);
  /** How much of what the person has begun has not ended. */
  readonly #acting = signal(0);
  #isStored: () => boolean = () => true;
  #dispose: (() => void)[] = [];
  #stopped = false;

  private constructor(parts: PhoneParts) {
    this.parts = parts;
    this.vault = parts.vault;
    this.now = parts.clock.now;
    this.#ready = new Promise((resolve) => {
      this.#setReady = resolve;
    });
    this.trouble = this.#relay.trouble;
    this.reached = this.#relay.reached;
    const post = () => this.#ready;
    void this.#relay.answered.then(post).then((known) => {
      this.#relayNow = () => known.client(parts.relay).now();
    });
    this.#pairings = new Pairings(parts, post, (work) => this.act(work));
    this.#pairing = new PairingUnderWay(parts, this.#pairings, post);
    this.#book = new RequestBook(parts, (code) => {
      this.fault.value = code;
    });
    this.registrations = this.#book.registrations.all;
    this.#requests = new RequestDesk(parts, this.#book, post, this.#relay.answered);
    this.#answering = new Answering(parts, this.#book, this.#requests);
    this.view = computed(() =>
      viewOf({
        place: this.place.value,
        pairings: this.#pairings.entries.value,
        news: this.#pairings.news.value[0] ?? null,
        registrations: this.registrations.value,
        requests: this.#book.requests.value,
        pairing: this.#pairing.progress.value,
        personProblem: this.#pairing.personProblem.value,
        verifying: this.#answering.verifying.value,
        problem: this.#answering.problem.value,
        wanted: parts.wanted.value,
      }),
    );
    this.isQuiet = computed(() => {
      const { screen } = this.view.value;
      // What a relay has been told is no signal, so each word of it is one.
      const isIdle = !busy.has(screen) && this.#answering.verifying.value === null && this.#acting.value === 0;
      return this.#told.value >= 0 && isIdle && this.#isStored();
    });
    this.actions = phoneActions({
      place: this.place,
      vault: this.vault,
      pairings: this.#pairings,
      pairing: this.#pairing,
      book: this.#book,
      requests: this.#requests,
      answering: this.#answering,
      act: (work) => this.#acted(work),
    });
  }

  /** The app as it was left; connects. Throws `key-storage-broken`. */
  static async open(parts: PhoneParts): Promise<Phone> {
    const phone = new Phone(parts);
    try {
      await phone.#start();
      return phone;
    } catch (thrown) {
      phone.stop();
      throw thrown;
    }
  }

  /** Lets go of the relay and of the vault: nothing is sent or stored afterwards. */
  stop(): void {
    this.#stopped = true;
    this.#pairing.desk?.stop();
    this.#pairings.unpairing?.stop();
    for (const dispose of this.#dispose) dispose();
    this.#book.stop();
    this.#answering.cancel();
    this.#ready.then((post) => post.stop());
    this.parts.vault.close();
  }

  /** The network is back. */
  wake(): void {
    this.act(async () => (await this.#ready).wake());
    this.#goOn();
  }

  readonly clockAheadMs = (): number | null => {
    const ownMs = this.parts.clock.now();
    return this.#relayNow === null ? null : Math.round(ownMs - this.#relayNow());
  };

  /** Every request, newest first. */
  get requests(): ReadonlySignal<readonly HeldRequest[]> {
    return this.#book.requests;
  }

  /** The browsers that it is paired with. */
  get pairings(): ReadonlySignal<readonly PairingEntry[]> {
    return this.#pairings.entries;
  }

  /** Takes a delivery that came by Web Push. */
  async take(frame: FrameOf<'deliver'>): Promise<void> {
    await (await this.#ready).pushed(frame);
  }

  /** Resolves once all that came so far is handled, and the relay has all that was said. */
  async settled(): Promise<void> {
    await (await this.#ready).settled();
  }

  /** Says how far a test has come here. */
  async pong(pairing: string, of: Omit<Extract<Message, { kind: 'pong' }>, 'kind'>): Promise<void> {
    await (await this.#ready).begin(pairing, { kind: 'pong', ...of }, limits.requestLifeMs);
  }

  /** Has the relay keep where this phone is rung: `PushSubscription.toJSON()` as JSON. */
  async subscribe(pairing: string, subscription: string): Promise<void> {
    (await this.#ready).subscribe(pairing, subscription);
  }

  /** Asks the relay for a push to this phone, now or once it is reached. `id`: 16 bytes. */
  async ring(pairing: string, id: Uint8Array): Promise<void> {
    (await this.#ready).ring(pairing, id);
  }

  async #start(): Promise<void> {
    const { vault, open, clock, random } = this.parts;
    const isCleared = this.parts.paired.value && (await vault.isEmpty());
    const pairings = await this.#pairings.load();
    if (isCleared) await this.#pairings.tell({ what: 'keys-gone', browser: '' });
    const pending = await this.#pairing.load();
    await this.#book.load();
    const events = postEvents({
      parts: this.parts,
      pairings: this.#pairings,
      pairing: this.#pairing,
      requests: this.#requests,
      relay: this.#relay,
      ready: this.#ready,
      told: () => {
        this.#told.value++;
      },
      act: (work) => this.act(work),
    });
    const options = { open, clock, random, store: postStore(vault), events };
    const post = await Post.resume(options, pairings, pending);
    this.#setReady(post);
    this.#isStored = () => post.isStored;
    await this.#requests.resume();
    await this.#pairings.unpairing?.goodbyes.resume();
    await this.#goOn();
    this.#dispose.push(
      effect(() => {
        this.parts.paired.value = this.#pairings.entries.value.length > 0;
      }),
      effect(() => this.#looked(post, this.parts.visible.value)),
      effect(() => this.#shown(this.view.value, this.parts.visible.value)),
      watchSwitches(this.view, this.settling, this.parts.clock),
    );
  }

  #looked(post: Post, visible: boolean): void {
    post.await(visible);
    if (!visible) return;
    post.wake();
    this.#goOn();
    this.act(() => this.#book.tick());
  }

  #shown(view: View, visible: boolean): void {
    this.#answering.check();
    if (!visible || !isRequest(view)) return;
    const { key, held } = view;
    this.act(async () => {
      if (await this.#requests.opened(key)) await this.#pairings.used(held.pairing);
    });
  }

  /** Goes on with the pairing under way, unless it does; where that cannot be loaded, all else goes on without. */
  async #goOn(): Promise<void> {
    // After which no effect that has called this follows what is read here.
    await this.#ready;
    if (this.#pairing.isLeft) await this.#acted(() => this.#pairing.open());
  }

  /** Does what the person has begun. Once something works again, what did not is over. */
  #acted(work: () => Promise<unknown>): Promise<void> {
    return this.act(async () => {
      this.#acting.value++;
      await work().finally(() => this.#acting.value--);
      this.fault.value = this.#pairing.isLeft ? 'site-unreachable' : null;
    });
  }

  /**
   * Begins something whose failure is shown. Once the app has stopped it begins nothing, and what fails then is of no
   * account: its successor has taken over.
   */
  async act(work: () => Promise<void>): Promise<void> {
    if (this.#stopped) return;
    await work().catch((thrown: unknown) => {
      if (!this.#stopped) this.fault.value = codeOf(thrown);
    });
  }
}
