import webPush, { type PushSubscription } from 'web-push';
import { base64url, text, utf8 } from '../core/bytes.ts';
import { AppError } from '../core/errors.ts';
import type { PushOutcome } from '../core/frames.ts';
import { limits as wire } from '../core/limits.ts';
import { as, encodedBytes, json, object, string } from '../core/parse.ts';
import type { RelayLimits } from './limits.ts';
import type { Log } from './log.ts';
import type { MailboxStore, Side } from './stores/mailbox-store.ts';

/** Push services of the browsers; a name with a dot before it stands for all hosts below it. */
const services = [
  'fcm.googleapis.com',
  'updates.push.services.mozilla.com',
  '.push.apple.com',
  '.notify.windows.com',
] as const;

/** PushSubscription.toJSON(), as far as it is used (Push API §9). */
const subscriptionShape = as(
  'push-refused',
  object({
    endpoint: string(wire.urlCharacters),
    keys: object({ p256dh: encodedBytes(65), auth: encodedBytes(16) }),
  }),
);
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
}

/** What wakes a phone: a `deliver` frame, given to its browser's push service. */
export interface WakeUp {
  frame: Uint8Array;
  /** ms since 1970. */
  expiresMs: number;
  /** 16 bytes: the push service keeps only the newest with the same (RFC 8030 §5.4). */
  collapse: Uint8Array | null;
}

interface Job extends WakeUp {
  channel: Uint8Array;
  side: Side;
  done: (outcome: PushOutcome) => void;
}

/** Of a push service: it knows the subscription no more (RFC 8030 §7.3). */
const goneStatuses: ReadonlySet<number> = new Set([404, 410]);

/** Web Push (RFC 8030, 8291, 8292), beside delivery and never in its way: what fails here is found when the phone opens. */
export class Push {
  /** For `PushManager.subscribe`: 65 bytes, base64url. */
  readonly publicKey: string;
  readonly #options: PushOptions;
  readonly #privateKey: string;
  #waiting: Job[] = [];
  #underWay = 0;

  private constructor(options: PushOptions, keys: { publicKey: string; privateKey: string }) {
    this.#options = options;
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
    const parsed = subscriptionShape(parsedJson(subscription), 'subscription');
    if (!this.#isAllowed(parsed.endpoint)) throw new AppError('push-refused', 'not a known push service');
    return JSON.stringify(parsed);
  }

  /** `done` hears what became of it, unless it expired before its turn. */
  send(channel: Uint8Array, side: Side, wakeUp: WakeUp, done: (outcome: PushOutcome) => void): void {
    const { limits, log } = this.#options;
    if (this.#waiting.length >= limits.pushesWaiting) {
      log.warn('push', { result: 'queue-full' });
      done('unreachable');
      return;
    }
    this.#waiting.push({ channel, side, done, ...wakeUp });
    this.#next();
  }

  #next(): void {
    if (this.#underWay >= this.#options.limits.pushesAtOnce) return;
    const job = this.#waiting.shift();
    if (!job) return;
    this.#underWay++;
    this.#deliver(job)
      .catch((thrown: unknown) => {
        this.#options.log.warn('push', { result: 'failed', error: String(thrown) });
        job.done('unreachable');
      })
      .finally(() => {
        this.#underWay--;
        this.#next();
      });
  }

  async #deliver(job: Job): Promise<void> {
    const { store, log } = this.#options;
    const subscription = await store.subscription(job.channel, job.side);
    if (subscription === null) return job.done('none');
    const lifeSeconds = Math.floor((job.expiresMs - this.#options.clock.now()) / 1000);
    if (lifeSeconds <= 0) return;
    const status = await this.#request(JSON.parse(subscription) as PushSubscription, job, lifeSeconds);
    log.info('push', { channel: log.channel(job.channel), result: status });
    const isGone = goneStatuses.has(status);
    if (isGone) await store.unsubscribe(job.channel, job.side, subscription);
    if (isGone) job.done('gone');
    else job.done(status >= 200 && status < 300 ? 'taken' : 'refused');
  }

  async #request(subscription: PushSubscription, { frame, collapse }: Job, lifeSeconds: number): Promise<number> {
    const { limits, subject } = this.#options;
    // What does not fit one push only wakes the phone, which then fetches it.
    const payload = frame.length <= limits.pushBytes ? Buffer.from(frame) : undefined;
    const { endpoint, method, headers, body } = webPush.generateRequestDetails(subscription, payload, {
      vapidDetails: { subject, publicKey: this.publicKey, privateKey: this.#privateKey },
      contentEncoding: 'aes128gcm',
      urgency: 'high',
      TTL: lifeSeconds,
      ...(collapse && { topic: base64url(collapse) }),
    });
    const { 'Content-Length': _, ...sent } = headers as Record<string, string>;
    const response = await fetch(endpoint, {
      method,
      headers: sent,
      body: body && new Uint8Array(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(limits.pushMs),
    });
    await response.body?.cancel();
    return response.status;
  }

  #isAllowed(endpoint: string): boolean {
    if (!URL.canParse(endpoint)) return false;
    const { origin, protocol, hostname, port, username, password } = new URL(endpoint);
    if (username || password) return false;
    if (this.#options.alsoAllow.includes(origin)) return true;
    if (protocol !== 'https:' || port) return false;
    return services.some((service) => (service.startsWith('.') ? hostname.endsWith(service) : hostname === service));
  }
}

const parsedJson = as('push-refused', (value) => json(value as string));
