import webPush, { type PushSubscription } from 'web-push';
import { base64url, text, utf8 } from '../core/bytes.ts';
import type { PushOutcome } from '../core/frames.ts';
import type { Random } from '../core/keys.ts';
import { encodedBytes, json, object } from '../core/parse.ts';
import type { RateLimit } from '../core/rate-limit.ts';
import type { RelayLimits } from './limits.ts';
import type { Log } from './log.ts';
import { name } from './name.ts';
import { PushQueue } from './push-queue.ts';
import type { PushAnswer, SendPush } from './push-service-request.ts';
import { parseSubscription, pushServiceOf } from './push-subscription.ts';
import type { MailboxStore, Side } from './stores/mailbox-store.ts';

const vapidShape = object({ publicKey: encodedBytes(65), privateKey: encodedBytes(32) });

export interface PushOptions {
  store: MailboxStore;
  clock: { now(): number };
  log: Log;
  limits: RelayLimits;
  /** Whom a push service's operator can turn to: an `https:` or `mailto:` URL (RFC 8292 §2.1). */
  subject: string;
  /** Origins of push services besides the known ones, for tests; they may be `http:`. */
  alsoAllow: readonly string[];
  random: Random;
  /** Pushes to one phone, by its endpoint. */
  phones: RateLimit;
  request: SendPush;
}

/** What wakes a phone: a `deliver` frame, given to its browser's push service. */
export interface WakeUp {
  frame: () => Uint8Array;
  /** ms since 1970. */
  expiresMs: number;
  /** 16 bytes: the push service keeps only the newest with the same (RFC 8030 §5.4). */
  collapse: Uint8Array | null;
}

export interface Job extends WakeUp {
  channel: Uint8Array;
  side: Side;
  /** Whether it is worth saying again later: a message is, a test that somebody looks at is not. */
  again: boolean;
  /** Whether it is still of use; asked before each attempt. */
  isWanted: () => boolean;
  done: (outcome: PushOutcome) => void;
}

/** A job that waits to be said again. */
interface Later {
  readonly timer: NodeJS.Timeout;
  readonly job: Job;
  /** That of a phone that was woken too often; null for any other reason. */
  readonly crowded: string | null;
}

interface Attempt extends Job {
  attempt: number;
  /** Set by the queue. */
  service?: string;
  /** What was said of the attempt before. */
  outcome?: PushOutcome;
}

/** Of a push service: it knows the subscription no more (RFC 8030 §7.3). */
const goneStatuses: ReadonlySet<number> = new Set([404, 410]);

/** Web Push (RFC 8030, 8291, 8292), beside delivery and never in its way: what fails here is found when the phone opens. */
export class Push {
  /** For `PushManager.subscribe`: 65 bytes, base64url. */
  readonly publicKey: string;
  readonly #options: PushOptions;
  readonly #privateKey: string;
  readonly #queue: PushQueue<Attempt>;
  /** Repetitions to come, one for each mailbox: the one that lives longest. */
  readonly #later = new Map<string, Later>();
  /** By the endpoints of phones that were woken too often: the one of all that wait for each that is said again. */
  readonly #crowded = new Map<string, Job>();
  #isStopping = false;
  #allSent: () => void = () => undefined;

  private constructor(options: PushOptions, keys: { publicKey: string; privateKey: string }) {
    this.#options = options;
    this.#queue = new PushQueue(options.limits, bothOf);
    this.publicKey = keys.publicKey;
    this.#privateKey = keys.privateKey;
  }

  /** With the keys that the store has kept since the relay's first start. */
  static async open(options: PushOptions): Promise<Push> {
    const kept = await options.store.keep('vapid', () => utf8(JSON.stringify(webPush.generateVAPIDKeys())));
    return new Push(options, vapidShape(json(text(kept)), 'vapid'));
  }

  /** A subscription as it is to be kept. Throws `push-refused` for what is none, or is for a service that is not known. */
  parse(subscription: string): string {
    return parseSubscription(subscription, this.#options.alsoAllow);
  }

  /**
   * `done` hears what became of it, unless it expired before its turn; and once more where a repetition came to something
   * else. What its service did not take is said again (`again`) until the message expires or is not wanted any more. Of several
   * that wait for a mailbox one may go for all.
   */
  send(job: Job): void {
    this.#enqueue({ ...job, attempt: 0 });
  }

  /** Resolves once all that could be sent at once was; what waits for a repetition is left. */
  drained(): Promise<void> {
    for (const key of this.#later.keys()) this.#forget(key);
    this.#isStopping = true;
    return new Promise((resolve) => {
      this.#allSent = resolve;
      this.#next();
    });
  }

  /** What finds no place in the queue is said again later, as what its service does not take. */
  #enqueue(job: Attempt): void {
    if (this.#queue.add(job)) {
      this.#next();
      return;
    }
    this.#options.log.warn('push', { channel: this.#options.log.channel(job.channel), result: 'queue-full' });
    this.#failed(job, 'unreachable', null);
  }

  #next(): void {
    if (this.#queue.isIdle) this.#allSent();
    for (let job = this.#queue.take(); job; job = this.#queue.take()) this.#take(job);
  }

  #take(job: Attempt): void {
    this.#deliver(job)
      .catch((thrown: unknown) => this.#options.log.warn('push', { result: 'failed', error: reasonOf(thrown) }))
      .finally(() => {
        this.#queue.done(job);
        this.#next();
      });
  }

  async #deliver(job: Attempt): Promise<void> {
    const { store } = this.#options;
    if (!job.isWanted()) return;
    const subscription = await store.subscription(job.channel, job.side);
    if (subscription === null) return job.done('none');
    const { endpoint } = JSON.parse(subscription) as PushSubscription;
    const service = pushServiceOf(endpoint, this.#options.alsoAllow);
    if (service === null) return job.done('refused');
    await this.#queue.at(service, job, () => this.#ask(job, subscription));
  }

  async #ask(job: Attempt, subscription: string): Promise<void> {
    const { store, log, clock, phones } = this.#options;
    const parsed = JSON.parse(subscription) as PushSubscription;
    const lifeSeconds = Math.floor((job.expiresMs - clock.now()) / 1000);
    if (lifeSeconds <= 0 || !job.isWanted()) return;
    const waitMs = phones.take(parsed.endpoint, clock.now());
    if (waitMs > 0) {
      if (!this.#crowded.get(parsed.endpoint)?.isWanted()) this.#again(job, waitMs, parsed.endpoint);
      return;
    }
    const { status, retryAfterMs } = await this.#request(parsed, job, lifeSeconds);
    log[status === 0 ? 'warn' : 'info']('push', { channel: log.channel(job.channel), result: status || 'unreachable' });
    if (mayPass(status)) this.#failed(job, outcomeOf(status), retryAfterMs);
    else if (outcomeOf(status) !== job.outcome) job.done(outcomeOf(status));
    // It wakes the phone for all that waits, unless it only tests that.
    if (outcomeOf(status) === 'taken' && job.again) this.#forget(keyOf(job));
    // Last, as a full disk refuses it, and whoever asked is told all the same.
    if (goneStatuses.has(status)) await store.unsubscribe(job.channel, job.side, subscription);
  }

  /** Tells what came of it, where that is new, and says it again later where that is of use. */
  #failed(job: Attempt, outcome: PushOutcome, retryAfterMs: number | null): void {
    if (outcome !== job.outcome) job.done(outcome);
    if (job.again) this.#again({ ...job, attempt: job.attempt + 1, outcome }, retryAfterMs);
  }

  /** Puts a job back for as long as its service asks, or longer with each attempt, unless the message is gone by then. */
  #again(job: Attempt, askedMs: number | null, crowded: string | null = null): void {
    const { limits, clock, random } = this.#options;
    const key = keyOf(job);
    const before = this.#later.get(key)?.job;
    if (!job.isWanted() || (before?.isWanted() && before.expiresMs > job.expiresMs)) return;
    const [byte] = random(1) as unknown as [number];
    const backOffMs = limits.pushRetryMs * 2 ** job.attempt * (0.5 + byte / 512);
    const waitMs = Math.max(askedMs ?? 0, backOffMs);
    if (this.#isStopping || this.#later.size >= limits.pushesWaiting || clock.now() + waitMs >= job.expiresMs) return;
    this.#forget(key);
    const timer = setTimeout(() => {
      this.#forget(key);
      this.#enqueue(job);
    }, waitMs);
    this.#later.set(key, { timer: timer.unref(), job, crowded });
    if (crowded !== null) this.#crowded.set(crowded, job);
  }

  #forget(key: string): void {
    const later = this.#later.get(key);
    if (!later) return;
    clearTimeout(later.timer);
    if (later.crowded !== null && this.#crowded.get(later.crowded) === later.job) this.#crowded.delete(later.crowded);
    this.#later.delete(key);
  }

  /** Status 0: no answer. */
  async #request(subscription: PushSubscription, job: Job, lifeSeconds: number): Promise<PushAnswer> {
    const { limits, subject, request } = this.#options;
    const { collapse } = job;
    const frame = job.frame();
    // What does not fit one push only wakes the phone, which then fetches it.
    const payload = frame.length <= limits.pushBytes ? Buffer.from(frame) : undefined;
    const { endpoint, headers, body } = webPush.generateRequestDetails(subscription, payload, {
      vapidDetails: { subject, publicKey: this.publicKey, privateKey: this.#privateKey },
      contentEncoding: 'aes128gcm',
      urgency: 'high',
      TTL: lifeSeconds,
      ...(collapse && { topic: base64url(collapse) }),
    });
    try {
      return await request({ endpoint, headers: headers as Record<string, string>, body }, limits.pushMs);
    } catch (thrown) {
      this.#options.log.warn('push', { result: 'failed', error: reasonOf(thrown) });
      return { status: 0, retryAfterMs: null };
    }
  }
}

/** One wakes the phone for both: the later, as long as either is wanted. Null for what is for different phones, or only tests one. */
function bothOf(one: Attempt, other: Attempt): Attempt | null {
  if (one.side !== other.side || !one.again || !other.again) return null;
  return {
    ...other,
    expiresMs: Math.max(one.expiresMs, other.expiresMs),
    isWanted: () => one.isWanted() || other.isWanted(),
    done(outcome) {
      one.done(outcome);
      other.done(outcome);
    },
  };
}

function keyOf({ channel, side }: Pick<Job, 'channel' | 'side'>): string {
  return `${side} ${name(channel)}`;
}

/** What a push service answered (RFC 8030 §5, §7). */
function outcomeOf(status: number): PushOutcome {
  if (goneStatuses.has(status)) return 'gone';
  if (status >= 200 && status < 300) return 'taken';
  return status === 0 ? 'unreachable' : 'refused';
}

/** Whether a push service may take later what it does not take now. */
function mayPass(status: number): boolean {
  return status === 0 || status === 429 || status >= 500;
}

/** What went wrong, without its message, which may name the host. */
function reasonOf(thrown: unknown): string {
  const { code, name: kind } = thrown as NodeJS.ErrnoException;
  return String(code ?? kind);
}
