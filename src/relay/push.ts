import webPush, { type PushSubscription } from 'web-push';
import { base64url, text, utf8 } from '../core/bytes.ts';
import type { PushOutcome } from '../core/frames.ts';
import type { Random } from '../core/keys.ts';
import { encodedBytes, json, object } from '../core/parse.ts';
import type { RateLimit } from '../core/rate-limit.ts';
import type { RelayLimits } from './limits.ts';
import type { Log } from './log.ts';
import { type Attempt, bothOf, type Cause, type Job, tell } from './push-attempt.ts';
import { PushQueue } from './push-queue.ts';
import { PushRepetitions } from './push-repetitions.ts';
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

/** Of a push service: it knows the subscription no more (RFC 8030 §7.3). */
const goneStatuses: ReadonlySet<number> = new Set([404, 410]);

/** Web Push (RFC 8030, 8291, 8292), beside delivery and never in its way: what fails here is found when the phone opens. */
export class Push {
  /** For `PushManager.subscribe`: 65 bytes, base64url. */
  readonly publicKey: string;
  readonly #options: PushOptions;
  readonly #privateKey: string;
  readonly #queue: PushQueue<Attempt>;
  readonly #repetitions: PushRepetitions;
  #isStopping = false;
  #allSent: () => void = () => undefined;

  private constructor(options: PushOptions, keys: { publicKey: string; privateKey: string }) {
    this.#options = options;
    this.#queue = new PushQueue(options.limits, bothOf);
    this.#repetitions = new PushRepetitions(options.limits, (job) => this.#enqueue(job));
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
  send({ channel, side, again, ...cause }: Job): void {
    this.#enqueue({ channel, side, again, causes: [cause], attempt: 0 });
  }

  /** As `PushRepetitions.awake`. */
  awake(channel: Uint8Array, side: Side): void {
    this.#repetitions.awake({ channel, side });
  }

  /** Resolves once all that could be sent at once was; what waits for a repetition is left. */
  drained(): Promise<void> {
    this.#repetitions.clear();
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
    if (!this.#isWanted(job)) return;
    const subscription = await store.subscription(job.channel, job.side);
    if (subscription === null) return tell(job, 'none');
    const { endpoint } = JSON.parse(subscription) as PushSubscription;
    const service = pushServiceOf(endpoint, this.#options.alsoAllow);
    if (service === null) return tell(job, 'refused');
    await this.#queue.at(service, job, () => this.#ask(job, subscription));
  }

  async #ask(job: Attempt, subscription: string): Promise<void> {
    const { store, log, clock, phones } = this.#options;
    if (!this.#isWanted(job)) return;
    const parsed = JSON.parse(subscription) as PushSubscription;
    const waitMs = phones.take(parsed.endpoint, clock.now());
    if (waitMs > 0) return this.#again(job, waitMs, parsed.endpoint);
    const { status, retryAfterMs } = await this.#request(parsed, job);
    const outcome = outcomeOf(status);
    log[status === 0 ? 'warn' : 'info']('push', { channel: log.channel(job.channel), result: status || 'unreachable' });
    if (mayPass(status)) this.#failed(job, outcome, retryAfterMs);
    else tell(job, outcome);
    if (outcome === 'taken' && job.again) this.#repetitions.woke(job);
    // Last, as a full disk refuses it, and whoever asked is told all the same.
    if (goneStatuses.has(status)) await store.unsubscribe(job.channel, job.side, subscription);
  }

  /** Whether anything is left that it is for; what is not wanted or lives less than a second more is left out. */
  #isWanted(job: Attempt): boolean {
    const leastMs = this.#options.clock.now() + 1_000;
    job.causes = job.causes.filter(({ wanted, expiresMs }) => expiresMs >= leastMs && wanted() !== 'no');
    return job.causes.length > 0;
  }

  /** Tells what came of it, where that is new, and says it again later where that is of use. */
  #failed(job: Attempt, outcome: PushOutcome, retryAfterMs: number | null): void {
    tell(job, outcome);
    if (job.again) this.#again({ ...job, attempt: job.attempt + 1 }, retryAfterMs);
  }

  /** Puts a job back for as long as its service asks, or longer with each attempt, unless all that it is for is gone by then. */
  #again(job: Attempt, askedMs: number | null, crowded: string | null = null): void {
    const { limits, clock, random } = this.#options;
    if (this.#repetitions.join(job)) return;
    const [byte] = random(1) as unknown as [number];
    const backOffMs = limits.pushRetryMs * 2 ** job.attempt * (0.5 + byte / 512);
    const waitMs = Math.max(askedMs ?? 0, backOffMs);
    const lastsMs = Math.max(...job.causes.map(({ expiresMs }) => expiresMs)) - clock.now();
    if (!this.#isStopping && waitMs < lastsMs) this.#repetitions.add(job, waitMs, crowded);
  }

  /** Status 0: no answer. */
  async #request(subscription: PushSubscription, { causes }: Attempt): Promise<PushAnswer> {
    const { limits, clock, subject, request } = this.#options;
    const newest = causes.at(-1) as Cause;
    const frame = newest.frame?.();
    const collapse = frame ? newest.collapse : null;
    const lifeSeconds = Math.floor((newest.expiresMs - clock.now()) / 1000);
    // What does not fit one push only wakes the phone, which then fetches it.
    const payload = frame && frame.length <= limits.pushBytes ? Buffer.from(frame) : undefined;
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
