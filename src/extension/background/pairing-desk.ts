import type { ErrorCode } from '../../core/errors.ts';
import type { FrameOf, PeerState } from '../../core/frames.ts';
import type { Random } from '../../core/keys.ts';
import type { Contact, Post, PostStore } from '../../relay-client/post.ts';
import type { Clock } from '../../relay-client/socket.ts';
import type { PairingView } from '../messaging/view.ts';
import type { NewChannel } from './channel-creation.ts';
import type { Contacts } from './contacts.ts';
import { DigitComparison } from './digit-comparison.ts';
import { PairingCode } from './pairing-code.ts';
import { PairingState } from './pairing-state.ts';
import { contactOf } from './pending-pairing.ts';
import type { RelayHealth } from './relay-health.ts';
import type { WakeUp } from './wake-up.ts';

export interface PairingDeskOptions {
  store: PostStore;
  /** Rejects with `key-storage-broken`. */
  post: () => Promise<Pick<Post, 'client' | 'add' | 'adopt' | 'begin' | 'reply' | 'remove'>>;
  contacts: Contacts;
  relays: RelayHealth;
  relay: () => Promise<string>;
  createChannel: (of: NewChannel) => Promise<number>;
  clock: Clock;
  random: Random;
  wakeUp: Pick<WakeUp, 'set'>;
  browserName: string;
  changed: () => void;
  /** A pairing that counts now has taken another's place. */
  replaced: (before: string, after: string) => Promise<void>;
}

/** One pairing at a time, from the code on the screen to the phone in the book (design.md §3, docs/protocol.md §4). */
export class PairingDesk {
  readonly #clock: Clock;
  readonly #state: PairingState;
  readonly #code: PairingCode;
  readonly #comparison: DigitComparison;
  #watchers = 0;

  constructor(options: PairingDeskOptions) {
    this.#clock = options.clock;
    const state = new PairingState(options);
    this.#state = state;
    this.#comparison = new DigitComparison({ ...options, state });
    this.#code = new PairingCode({
      ...options,
      state,
      comparison: this.#comparison,
      isWatched: () => this.#watchers > 0,
    });
  }

  /** Takes up what the worker before left; gives the contact whose digits are being compared. */
  async restore(): Promise<Contact[]> {
    await this.#state.restore(this.#clock.now());
    const { current } = this.#state;
    return current.step === 'digits' ? [contactOf(current.handshake)] : [];
  }

  /** Listens again to what was pending, and says again what may not have left. */
  async resume(post: Pick<Post, 'client' | 'reply'>): Promise<void> {
    const { current } = this.#state;
    if (current.step === 'offer') this.#code.listen(post, current.offer);
    if (current.step === 'digits') await this.#comparison.resume(post, current.handshake);
  }

  /** Whether something is awaited from a phone. */
  get active(): boolean {
    return this.#state.active;
  }

  view(): PairingView | null {
    return this.#state.view();
  }

  /** Shows a code, unless a pairing is under way. `replaces`: the pairing that ends once the new one counts. */
  async begin(replaces: string | null = null): Promise<void> {
    const { step } = this.#state.current;
    if (this.active || step === 'starting') return;
    // Who tries again what has failed still wants the same.
    const wanted = replaces ?? (step === 'failed' ? this.#state.replaces : null);
    await Promise.all([this.#code.begin(), this.#state.replace(wanted)]);
  }

  /** Whether the pairing under way takes the place of this one. */
  isReplacing(pairing: string): boolean {
    return this.active && this.#state.replaces === pairing;
  }

  /** Puts an end to whatever is under way. */
  cancel(): Promise<void> {
    return this.#state.end({ step: 'none' });
  }

  /** Somebody looks: the code is renewed as long as that is so, and how it went is forgotten when nobody does any more. */
  watch(): () => Promise<void> {
    this.#watchers++;
    this.#state.looked();
    return async () => {
      this.#watchers--;
      const { step } = this.#state.current;
      if (this.#watchers === 0 && (step === 'paired' || step === 'failed')) await this.#state.become({ step: 'none' });
    };
  }

  /** The person says that the digits are the same. Throws `pairing-unfinished` when it is about another pairing. */
  confirm(pairing: string): Promise<void> {
    return this.#comparison.confirm(pairing);
  }

  /** The person says that they differ. Throws as `confirm`. */
  refuse(pairing: string): Promise<void> {
    return this.#comparison.refuse(pairing);
  }

  /** The phone's person says that the digits are the same. */
  confirmed(pairing: string): Promise<void> {
    return this.#comparison.confirmed(pairing);
  }

  /** A phone's half of the handshake, or what somebody else with a photograph of the code sent. */
  unsealed(frame: FrameOf<'deliver'>): Promise<void> {
    return this.#code.unsealed(frame);
  }

  async peer(pairing: string, event: PeerState): Promise<void> {
    if (event === 'second-join' && pairing === this.#state.channel) await this.#code.startOver('link-used');
  }

  /** The relay will have no more of a channel; gives whether it was ours. */
  async ended(pairing: string, code: ErrorCode): Promise<boolean> {
    if (pairing !== this.#state.channel) return false;
    const { current } = this.#state;
    if (current.step !== 'digits' || code !== 'channel-closed') await this.#state.fail(code);
    // The time is over for the phone as well, which says no more than that it closes.
    else
      await this.#state.fail(this.#clock.now() < current.handshake.expiresAt ? 'digits-refused' : 'pairing-unfinished');
    return true;
  }

  /** Renews, ends or forgets what is over. */
  async tick(): Promise<void> {
    const { current, dueAt } = this.#state;
    if (dueAt !== null && this.#clock.now() >= dueAt) {
      if (current.step === 'digits') await this.#state.fail('pairing-unfinished');
      else if (current.step === 'offer') await this.#code.renew();
      else await this.#state.become({ step: 'none' });
    }
    this.#state.schedule();
  }
}
