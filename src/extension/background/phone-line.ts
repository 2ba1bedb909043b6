import { AppError, type ErrorCode } from '../../core/errors.ts';
import { limits } from '../../core/limits.ts';
import type { Message, PhoneRequest } from '../../core/messages.ts';
import { type End, msLeft } from '../../core/request.ts';
import type { Provider } from '../../providers/provider.ts';
import { providerOf } from '../../providers/registry.ts';
import type { Post } from '../../relay-client/post.ts';
import type { Clock } from '../../relay-client/socket.ts';
import type { Contacts } from './contacts.ts';
import { type Asked, accountOf, type Held } from './held-request.ts';
import type { RelayHealth } from './relay-health.ts';

export interface PhoneLineOptions {
  /** Rejects with `key-storage-broken`. */
  post: Promise<Pick<Post, 'begin' | 'reply' | 'client'>>;
  contacts: Contacts;
  relays: RelayHealth;
  clock: Clock;
  /** What this browser calls itself. */
  browserName: string;
  /** Whether numbers of other apps may be shown on the phone. */
  numberOnPhone: () => Promise<boolean>;
}

type WithdrawReason = Extract<Message, { kind: 'withdraw' }>['reason'];

/** How each end is put to phones that have not decided; one that was settled elsewhere is gone for them. */
const withdrawReasons: Record<End, WithdrawReason> = {
  approved: 'gone',
  denied: 'gone',
  mismatched: 'gone',
  failed: 'gone',
  'timed-out': 'timed-out',
  superseded: 'superseded',
  password: 'password',
  gone: 'gone',
};
/** Ends that come of a phone's answer; that phone hears the outcome. `denied` it knows. */
const outcomes: ReadonlySet<End> = new Set<End>(['approved', 'mismatched', 'failed']);

/** Ends of a request in another app, as its page shows them: every phone that has it hears the outcome. */
const pageOutcomes: ReadonlySet<End> = new Set<End>(['approved', 'denied', 'failed']);

/**
 * How much longer than the request a phone may still hear of its end, ms, as long as it shows one that has ended: it may have
 * slept, or been without a network, and what it shows for a request goes by itself only while its worker runs.
 */
const endGraceMs = limits.longestRequestLifeMs;

/** All that phones are told of requests. */
export class PhoneLine {
  readonly #options: PhoneLineOptions;

  constructor(options: PhoneLineOptions) {
    this.#options = options;
  }

  /**
   * Asks every phone that was not asked, or did not hear of the account, and whose relay is online; the others are for
   * when theirs is. Tells `each` of every one at once, before the relay can have answered. Throws `no-phone`, the relay's word when it has ended every
   * pairing, or `key-storage-broken`.
   */
  async ask(held: Held, each: (asked: Asked) => void): Promise<void> {
    const { contacts, relays, clock, browserName } = this.#options;
    const post = await this.#options.post;
    // A request of the page's own has no number on the phone, and does not fail where the setting cannot be read.
    const withNumber = held.kind === 'observed' && (await this.#options.numberOnPhone());
    if (contacts.open.length === 0) {
      const [ended] = contacts.all;
      throw new AppError(ended ? (contacts.endOf(ended.pairing) ?? 'no-phone') : 'no-phone');
    }
    const account = accountOf(held);
    const isDone = ({ cannot, account: told }: Asked) => cannot !== undefined || told === account;
    const before = new Set(held.asked.filter(isDone).map(({ pairing }) => pairing));
    for (const { pairing, relay } of contacts.open) {
      const leftMs = msLeft(held.life, clock.now());
      if (leftMs === 0 || before.has(pairing) || !relays.isOnline(relay)) continue;
      const request = phoneRequest(held, browserName, Math.round(post.client(relay).now() + leftMs), withNumber);
      const { conversation, id: message } = await post.begin(pairing, { kind: 'request', request }, leftMs, held.id);
      each({ pairing, conversation, message, ...(account === undefined ? {} : { account }) });
    }
  }

  /** What keeps a request from every phone for now; null when one can be reached, or may be in a moment. */
  trouble(): ErrorCode | null {
    const { contacts, relays } = this.#options;
    const troubles = contacts.open.map(({ relay }) => relays.troubleOf(relay));
    return troubles.includes(null) ? null : (troubles[0] ?? null);
  }

  /** Whether every phone has said that it has no answer. */
  nobodyCan(asked: readonly Asked[]): boolean {
    const unable = new Set(asked.filter(({ cannot }) => cannot).map(({ pairing }) => pairing));
    return this.#options.contacts.open.every(({ pairing }) => unable.has(pairing));
  }

  /** Says how a request ended. What cannot be said is no loss: the request expires on the phone by itself. */
  async tellEnd(held: Held): Promise<void> {
    const { id, life, asked } = held;
    const end = life.phase as End;
    const isSeenByPage = held.kind === 'observed' && pageOutcomes.has(end);
    const answeredIn = held.kind === 'challenge' ? held.answeredIn : undefined;
    const lifeMs = Math.max(0, life.expiresAt - this.#options.clock.now()) + endGraceMs;
    const outcome: Message = { kind: 'outcome', id, outcome: end, ...(life.code ? { code: life.code } : {}) };
    const tell = async ({ pairing, conversation, cannot }: Asked) => {
      const post = await this.#options.post;
      const decided = conversation === answeredIn;
      if (decided && outcomes.has(end)) await post.reply(conversation, outcome, lifeMs);
      else if (isSeenByPage) await post.begin(pairing, outcome, lifeMs, id);
      else if (!cannot && !(decided && end === 'denied'))
        await post.begin(pairing, { kind: 'withdraw', id, reason: withdrawReasons[end] }, lifeMs, id);
    };
    await Promise.allSettled(asked.map(tell));
  }
}

/** The request without what its phone is not to know: the right number of a challenge, and what the person keeps off it. */
function phoneRequest(held: Held, browser: string, expiresAt: number, withNumber: boolean): PhoneRequest {
  const { id, origin } = held;
  const common = { id, origin, browser, expiresAt };
  if (held.kind === 'observed') {
    const { account, number } = held.seen;
    const { name: site, apps, direction } = providerOf(held.seen.provider) as Provider;
    return {
      type: 'observed',
      ...common,
      site,
      apps: [...apps],
      direction,
      ...(account === undefined ? {} : { account }),
      ...(withNumber ? { number } : {}),
    };
  }
  const { nonce, site, account } = held.challenge;
  const own = { ...common, nonce, site, account };
  return held.challenge.type === 'sign-in'
    ? { type: 'sign-in', ...own, choices: held.challenge.choices }
    : { type: 'registration', ...own, userHandle: held.challenge.userHandle };
}
