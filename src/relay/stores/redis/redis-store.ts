import { utf8 } from '../../../core/bytes.ts';
import type { Refusal } from '../../../core/frames.ts';
import { relayLimits } from '../../limits.ts';
import { checkLayoutMark, layoutMark } from '../layout-mark.ts';
import {
  type Channel,
  type MailboxStore,
  type OpenMailbox,
  otherSide,
  type Side,
  sides,
  type Watcher,
} from '../mailbox-store.ts';
import type { RedisConnection, Reply } from './connection.ts';
import { channelKey, dueKey, letters, mailboxKeys, slotPrefix, slots, type WaitingMessage } from './keys.ts';
import { OpenMailboxes } from './open-mailboxes.ts';
import { Outgoing } from './outgoing.ts';
import { RedisMailbox } from './redis-mailbox.ts';
import { slackMs } from './script.ts';
import { scripts } from './scripts.ts';
import { WakeUps } from './wake-ups.ts';

export interface RedisStoreOptions {
  readonly clock: { now(): number };
  /** Names this process among those over the same Redis: 16 random bytes, base64url. */
  readonly process: string;
  /** So many messages expired that nobody had acknowledged. */
  expired(count: number): void;
  /** Hears of what failed where nobody waits for it. */
  trouble(thrown: unknown): void;
}

/**
 * A store for several processes. All that counts is in Redis, each step one script; what is here is who has a mailbox
 * open on this process. What is published only wakes: each hint says which number it follows, what was not heard is
 * looked up, and every mailbox is looked at now and then whatever was heard.
 */
export class RedisStore implements MailboxStore {
  readonly #redis: RedisConnection;
  readonly #options: RedisStoreOptions;
  readonly #mailboxes = new OpenMailboxes();
  #wakeUps!: WakeUps;
  readonly outgoing = new Outgoing(this);
  #opened = 0;
  #testedMs: number;

  private constructor(redis: RedisConnection, options: RedisStoreOptions) {
    this.#redis = redis;
    this.#options = options;
    this.#testedMs = options.clock.now();
  }

  /** Throws `unsupported-version` where a relay with another layout has stored something. */
  static async open(redis: RedisConnection, options: RedisStoreOptions): Promise<RedisStore> {
    const store = new RedisStore(redis, options);
    checkLayoutMark(await store.keep(layoutMark.name, () => utf8(layoutMark.value)), 'in Redis');
    await redis.load(Object.values(scripts));
    store.#wakeUps = await WakeUps.begin(redis, options.process, {
      hear: (hint) => store.#mailboxes.hear(hint),
      missed: () => {
        for (const mailbox of store.#mailboxes) store.inBackground(mailbox.look(true));
      },
      trouble: options.trouble,
    });
    return store;
  }

  async create(
    id: Uint8Array,
    { creatorKey, joinKey }: Pick<Channel, 'creatorKey' | 'joinKey'>,
    joinByMs: number,
  ): Promise<'created' | 'repeated' | Refusal> {
    const lifeMs = joinByMs - this.now() + slackMs;
    const args = [String(joinByMs), Buffer.from(creatorKey), Buffer.from(joinKey), String(lifeMs)];
    const [outcome] = await this.run('create', allKeys(channelKey(id)), args);
    return String(outcome) as 'created' | 'repeated' | Refusal;
  }

  async find(id: Uint8Array): Promise<Channel | null> {
    const fields = ['s', 'u', 'ck', 'jk', 'pk', 'a'];
    const [state, untilMs, creatorKey, joinKey, joinerKey, settled] = await this.#fields(id, fields);
    if (!state || !creatorKey || !joinKey || this.#isOver(untilMs)) return null;
    const closed = String(state) === 'closed';
    return { creatorKey, joinKey, joinerKey: joinerKey ?? null, closed, settled: Boolean(settled) };
  }

  async join(id: Uint8Array, joinKey: Uint8Array, key: Uint8Array): Promise<'joined' | 'repeated' | Refusal> {
    const [outcome] = await this.run('join', [channelKey(id)], [Buffer.from(joinKey), Buffer.from(key)]);
    return String(outcome) as 'joined' | 'repeated' | Refusal;
  }

  async settle(id: Uint8Array): Promise<void> {
    await this.run('settle', [channelKey(id)], []);
  }

  async open(id: Uint8Array, side: Side, since: number, watcher: Watcher): Promise<OpenMailbox | null> {
    const token = `${this.#options.process}:${++this.#opened}`;
    const mailbox = new RedisMailbox(this, channelKey(id), side, watcher, token);
    const isOpen = await this.#mailboxes.open(
      mailbox,
      async () => {
        const reply = await this.#read(mailbox, since, 'open', true);
        return String(reply[0]) === 'closed' ? null : reply;
      },
      (reply) => {
        mailbox.lookedMs = this.now();
        mailbox.opened(since, reply);
      },
    );
    return isOpen ? mailbox : null;
  }

  async subscription(id: Uint8Array, side: Side): Promise<string | null> {
    const [state, untilMs, subscription] = await this.#fields(id, ['s', 'u', `p${letters[side]}`]);
    return String(state) === 'open' && !this.#isOver(untilMs) && subscription ? subscription.toString() : null;
  }

  async unsubscribe(id: Uint8Array, side: Side, subscription: string): Promise<void> {
    await this.run('unsubscribe', [channelKey(id)], [letters[side], subscription]);
  }

  async keep(name: string, make: () => Uint8Array): Promise<Uint8Array> {
    const made = make();
    const before = await this.#redis.send('set', `tandem:setting:${name}`, Buffer.from(made), 'NX', 'GET');
    return before === null ? made : new Uint8Array(before as Buffer);
  }

  async sweep(): Promise<void> {
    const nowMs = this.now();
    const due: RedisMailbox[] = [];
    for (const mailbox of this.#mailboxes) {
      const isOver = mailbox.untilMs !== 0 && mailbox.untilMs <= nowMs;
      if (isOver || mailbox.lookedMs + relayLimits.lookMs <= nowMs) due.push(mailbox);
      if (due.length >= relayLimits.channelsPerSweep) break;
    }
    await Promise.all(due.map((mailbox) => mailbox.look()));
    if (this.#testedMs + relayLimits.lookMs > nowMs) return;
    this.#testedMs = nowMs;
    await this.#tidy().catch((thrown: unknown) => this.trouble(thrown));
  }

  async #tidy(): Promise<void> {
    await this.#wakeUps.test();
    await Promise.all(Array.from({ length: slots }, (_, slot) => this.#expire(slot)));
  }

  /** Takes out what has expired in a slot. Whichever process comes first counts it. */
  async #expire(slot: number): Promise<void> {
    const most = ['LIMIT', '0', String(relayLimits.channelsPerSweep)];
    const due = await this.#redis.send(
      'zrange',
      dueKey(slotPrefix(slot)),
      '-inf',
      String(this.now()),
      'BYSCORE',
      ...most,
    );
    for (const mailbox of due as readonly Buffer[]) {
      const [letter, channel] = [mailbox.toString('latin1', 0, 1), mailbox.toString('latin1', 1)];
      const side = letter === letters.creator ? 'creator' : 'joiner';
      const [, count] = await this.run('expire', [channel, ...mailboxKeys(channel, side), dueKey(channel)], [letter]);
      this.expired(Number(count));
    }
  }

  expired(count: number): void {
    if (count > 0) this.#options.expired(count);
  }

  async probe(): Promise<void> {
    await this.#redis.send('set', `${slotPrefix(Math.floor(this.now() / 1000) % slots)}probe`, String(this.now()));
  }

  close(): Promise<void> {
    this.outgoing.flush();
    this.#wakeUps.close();
    return this.#redis.close();
  }

  /** Whether a call may be about no more than one slot, and what is said is not always done in the order of saying. */
  get isCluster(): boolean {
    return this.#redis.isCluster;
  }

  now(): number {
    return this.#options.clock.now();
  }

  /** As `call`, after what mailboxes have said before. */
  run(
    step: keyof typeof scripts,
    keys: readonly string[],
    args: readonly (string | Buffer)[],
  ): Promise<readonly Reply[]> {
    this.outgoing.flush();
    return this.call(step, keys, args);
  }

  /** Runs a script, and tells here what it said to this process; gives the rest of its reply. */
  call(
    step: keyof typeof scripts,
    keys: readonly string[],
    args: readonly (string | Buffer)[],
  ): Promise<readonly Reply[]> {
    const all = [this.#options.process, String(this.now()), ...args];
    return this.#redis.run(scripts[step], keys, all).then(([outcome = null, told, ...rest]) => {
      for (const said of (told ?? []) as readonly Buffer[]) this.#mailboxes.hear(said);
      return [outcome, ...rest];
    });
  }

  /** What was said in this turn of the event loop leaves now, and not at its end. */
  send(): void {
    this.#redis.flush();
  }

  /** What waits for a mailbox, or that it is no longer its. */
  async look(
    mailbox: RedisMailbox,
    since: number,
    withReceived: boolean,
  ): Promise<readonly Reply[] | 'displaced' | 'closed'> {
    const reply = await this.#read(mailbox, since, 'look', withReceived);
    const outcome = String(reply[0]);
    return outcome === 'displaced' || outcome === 'closed' ? outcome : reply;
  }

  isOpen(mailbox: RedisMailbox): boolean {
    return this.#mailboxes.has(mailbox);
  }

  forget(mailbox: RedisMailbox): void {
    this.#mailboxes.delete(mailbox);
  }

  leave(mailbox: RedisMailbox): void {
    if (!this.isOpen(mailbox)) return;
    this.forget(mailbox);
    this.inBackground(this.run('leave', [mailbox.channel], [letters[mailbox.side], mailbox.token]));
  }

  async closeChannel(channel: string): Promise<void> {
    const untilMs = this.now() + relayLimits.tombstoneMs;
    await this.run('close', allKeys(channel), [String(untilMs), String(relayLimits.tombstoneMs + slackMs)]);
  }

  /** A message whose receiver is on this process; false when it has just gone. */
  deliverHere(from: RedisMailbox, seq: number, before: number, message: WaitingMessage): boolean {
    const to = otherSide(from.side);
    if (this.#mailboxes.deliver(from.channel, to, seq, before, message)) return true;
    // It left, and Redis did not hear of it.
    this.inBackground(this.run('leave', [from.channel], [letters[to], '']));
    return false;
  }

  inBackground(work: Promise<unknown>): void {
    work.catch((thrown: unknown) => this.trouble(thrown));
  }

  trouble(thrown: unknown): void {
    this.#options.trouble(thrown);
  }

  #read(mailbox: RedisMailbox, since: number, how: 'open' | 'look', withReceived: boolean): Promise<readonly Reply[]> {
    const { channel, side, token } = mailbox;
    const [waiting] = mailboxKeys(channel, side);
    const [, known, gone] = mailboxKeys(channel, otherSide(side));
    const args = [letters[side], token, String(since), how, withReceived ? 'received' : ''];
    return this.run('open', [channel, waiting, known, gone], args);
  }

  async #fields(id: Uint8Array, fields: readonly string[]): Promise<(Buffer | null)[]> {
    return (await this.#redis.send('hmget', channelKey(id), ...fields)) as (Buffer | null)[];
  }

  #isOver(untilMs: Buffer | null | undefined): boolean {
    const at = Number(String(untilMs ?? 0));
    return at !== 0 && at <= this.now();
  }
}

function allKeys(channel: string): string[] {
  return [channel, ...sides.flatMap((side) => mailboxKeys(channel, side))];
}
