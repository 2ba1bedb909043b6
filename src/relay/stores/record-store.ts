import { decode } from '../../core/binary.ts';
import { equalBytes, text, utf8 } from '../../core/bytes.ts';
import type { Refusal } from '../../core/frames.ts';
import { relayLimits } from '../limits.ts';
import { name } from '../name.ts';
import { channelKey, channelOf, channelRecord, dueRange, settingKey, subscriptionKey } from './layout.ts';
import { LiveChannel } from './live-channel.ts';
import type { Channel, MailboxStore, OpenMailbox, Side, Watcher } from './mailbox-store.ts';
import { type LateRecord, noValue, type Records } from './records.ts';

/** More numbers than one run of the relay gives out in one mailbox. */
const seqsPerRun = 2 ** 28;

/** Before a subscription, which is JSON, that its push service knows no more. */
const gone = '-';

export interface StoreEvents {
  /** So many messages expired that nobody had acknowledged. */
  expired?(count: number): void;
}

/**
 * A store for one process, over an ordered map. What is in use is in memory too, so that a message is delivered at
 * once and made durable beside that.
 */
export class RecordStore implements MailboxStore {
  readonly floor: number;
  readonly expired: (count: number) => void;
  readonly #records: Records;
  readonly #clock: { now(): number };
  readonly #live = new Map<string, LiveChannel>();
  /** Live channels that nobody has open. */
  readonly #idle = new Set<LiveChannel>();
  /** What could not be made durable; written again at the next sweep. */
  readonly #failed = new Map<LateRecord, LiveChannel>();
  /** When the records were last asked to settle. */
  #settledMs = 0;

  private constructor(records: Records, clock: { now(): number }, floor: number, { expired }: StoreEvents) {
    this.expired = expired ?? (() => undefined);
    this.#records = records;
    this.#clock = clock;
    this.floor = floor;
  }

  static async open(records: Records, clock: { now(): number }, events: StoreEvents = {}): Promise<RecordStore> {
    const key = settingKey('floor');
    // Stores of before have counted their runs.
    const before = records.get(key) ?? records.get(settingKey('runs'));
    const floor = before === undefined ? 0 : floorAfter(Number(text(before)), clock.now());
    await records.set(key, Buffer.from(String(floor)));
    return new RecordStore(records, clock, floor, events);
  }

  async create(
    id: Uint8Array,
    keys: Pick<Channel, 'creatorKey' | 'joinKey'>,
    joinByMs: number,
  ): Promise<'created' | 'repeated' | Refusal> {
    const channel = this.#channel(id);
    const known = channel.current();
    if (known?.state === 'closed') return 'channel-closed';
    if (known) {
      const same = equalBytes(known.creatorKey, keys.creatorKey) && equalBytes(known.joinKey, keys.joinKey);
      if (same) await channel.durable;
      return same ? 'repeated' : 'channel-exists';
    }
    if (channel.record) channel.expire();
    await channel.save({ state: 'open', untilMs: joinByMs, ...keys, joinerKey: null });
    return 'created';
  }

  async find(id: Uint8Array): Promise<Channel | null> {
    const record = this.#channel(id).current();
    return record && { ...record, closed: record.state === 'closed', settled: record.state === 'settled' };
  }

  async join(id: Uint8Array, joinKey: Uint8Array, key: Uint8Array): Promise<'joined' | 'repeated' | Refusal> {
    const channel = this.#channel(id);
    const record = channel.current();
    if (!record) return 'unknown-channel';
    if (record.state === 'closed') return 'channel-closed';
    if (!equalBytes(record.joinKey, joinKey)) return 'bad-signature';
    if (record.joinerKey) {
      if (equalBytes(record.joinerKey, key)) {
        if (record.state === 'settled') return 'already-joined';
        await channel.durable;
        return 'repeated';
      }
      channel.watchers.creator?.peer('second-join');
      return 'already-joined';
    }
    await channel.save({ ...record, untilMs: this.now() + relayLimits.lapseMs, joinerKey: key });
    channel.watchers.creator?.peer('joined');
    return 'joined';
  }

  async settle(id: Uint8Array): Promise<void> {
    const channel = this.#channel(id);
    const record = channel.current();
    if (record?.state === 'open' && record.joinerKey) await channel.save({ ...record, state: 'settled' });
  }

  async open(id: Uint8Array, side: Side, since: number, watcher: Watcher): Promise<OpenMailbox | null> {
    const channel = this.#channel(id);
    if (!channel.isOpen) return null;
    this.#idle.delete(channel);
    const mailbox = channel.open(side, since, watcher);
    const kept = this.#subscription(id, side);
    if (kept.startsWith(gone)) watcher.unsubscribed(kept.slice(gone.length));
    return mailbox;
  }

  async subscription(id: Uint8Array, side: Side): Promise<string | null> {
    if (!this.#channel(id).isOpen) return null;
    const kept = this.#subscription(id, side);
    return kept === '' || kept.startsWith(gone) ? null : kept;
  }

  async unsubscribe(id: Uint8Array, side: Side, subscription: string): Promise<void> {
    if ((await this.subscription(id, side)) !== subscription) return;
    await this.#records.set(subscriptionKey(id, side), utf8(gone + subscription));
    this.#live.get(name(id))?.watchers[side]?.unsubscribed(subscription);
  }

  async keep(name: string, make: () => Uint8Array): Promise<Uint8Array> {
    const key = settingKey(name);
    const known = this.#records.get(key);
    if (known) return known;
    const made = make();
    await this.#records.set(key, made);
    return made;
  }

  async sweep(): Promise<void> {
    const nowMs = this.#clock.now();
    if (Math.abs(nowMs - this.#settledMs) >= relayLimits.settleMs) {
      this.#settledMs = nowMs;
      await this.#records.settle();
    }
    for (const [record, channel] of this.#failed) this.save(channel, record);
    // What marks them as due may have failed with them.
    for (const channel of new Set(this.#failed.values())) channel.expire();
    this.#failed.clear();
    const due = [...this.#records.range(...dueRange(nowMs), relayLimits.channelsPerSweep)];
    for (const { key } of due) {
      const channel = this.#channel(channelOf(key));
      this.write(channel, key, null);
      channel.expire();
    }
    for (const channel of this.#idle) {
      if (channel.isWatched) this.#idle.delete(channel);
      else if (channel.turn <= this.#records.settledTurn) this.forget(channel);
    }
  }

  async probe(): Promise<void> {
    await this.#records.set(settingKey('probe'), Buffer.from(String(this.#clock.now())));
  }

  close(): Promise<void> {
    return this.#records.close();
  }

  now(): number {
    return this.#clock.now();
  }

  get(key: Uint8Array): Uint8Array {
    return this.#records.get(key) as Uint8Array;
  }

  range(from: Uint8Array, to: Uint8Array): Iterable<{ key: Uint8Array; value: Uint8Array }> {
    return this.#records.range(from, to);
  }

  write(channel: LiveChannel, key: Uint8Array, value: Uint8Array | null): Promise<void> {
    const durable = this.#records.set(key, value);
    channel.turn = this.#records.turn;
    return durable;
  }

  save(channel: LiveChannel, record: LateRecord): void {
    this.#records.save(record);
    channel.turn = this.#records.turn;
  }

  retry(channel: LiveChannel, record: LateRecord): void {
    if (record.size() === noValue.unchanged) this.#failed.delete(record);
    else this.#failed.set(record, channel);
  }

  forget(channel: LiveChannel): void {
    this.#idle.delete(channel);
    this.#live.delete(name(channel.id));
  }

  /** What is kept for a side: a subscription, one that is `gone`, or nothing. */
  #subscription(id: Uint8Array, side: Side): string {
    const found = this.#records.get(subscriptionKey(id, side));
    return found === undefined ? '' : text(found);
  }

  left(channel: LiveChannel): void {
    if (!channel.isWatched) this.#idle.add(channel);
  }

  #channel(id: Uint8Array): LiveChannel {
    const live = this.#live.get(name(id));
    if (live) return live;
    const found = this.#records.get(channelKey(id));
    const channel = new LiveChannel(this, id, found === undefined ? null : decode(channelRecord, found));
    this.#live.set(name(id), channel);
    this.#idle.add(channel);
    return channel;
  }
}

/**
 * Above all numbers that were given out. The time is, as a mailbox gives out far fewer than one each ms; also of a store that was put
 * back from a backup, which does not know what was given out since. The run before is only where the clock was set back.
 */
function floorAfter(before: number, nowMs: number): number {
  return nowMs > before ? nowMs : before + seqsPerRun;
}
