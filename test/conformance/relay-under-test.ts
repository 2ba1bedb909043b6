import { setTimeout as after } from 'node:timers/promises';
import type { FrameOf, RelayFrame } from '../../src/core/frames.ts';
import { createChannel, newChannel, RawClient, type TestChannel } from '../relay/raw-client.ts';

/** A relay that is asked what a client may ask, and nothing else is known of. */
export class RelayUnderTest {
  /** Its origin, as clients sign it. */
  readonly origin: string;
  readonly #clients: RawClient[] = [];

  constructor(origin: string) {
    this.origin = origin;
  }

  /** What is waited for that has not come, for people. */
  get awaited(): string {
    return this.#clients.flatMap(({ awaited }) => awaited).join(', ') || 'an answer';
  }

  /** What came to whoever waits for something else, for people. */
  get came(): string {
    const waiting = this.#clients.filter(({ awaited }) => awaited.length > 0);
    const said = (frame: RelayFrame) => ('code' in frame ? `${frame.frame} ${frame.code}` : frame.frame);
    return waiting.flatMap(({ unread }) => unread.map(said)).join(', ') || 'nothing else';
  }

  async connect(): Promise<RawClient> {
    const client = await RawClient.connect(this.origin);
    this.#clients.push(client);
    return client;
  }

  /** A channel that its creator has open and nobody has joined. */
  async created(): Promise<{ channel: TestChannel; creator: RawClient; attached: FrameOf<'attached'> }> {
    const channel = newChannel();
    await createChannel(this.origin, channel);
    const creator = await this.connect();
    const attached = await creator.attach(channel.id, channel.creator);
    return { channel, creator, attached };
  }

  /** A channel that both sides have open. */
  async paired(): Promise<{ channel: TestChannel; creator: RawClient; joiner: RawClient }> {
    const { channel, creator } = await this.created();
    const joiner = await this.connect();
    joiner.sendJoin(channel.id, channel.join, channel.joiner.public);
    await joiner.next('attached');
    await creator.next('peer', ({ event }) => event === 'here');
    return { channel, creator, joiner };
  }

  /** Ends a client, and waits until the other side has heard of it. */
  async leave(leaving: RawClient, other: RawClient): Promise<void> {
    await leaving.end();
    await other.next('peer', ({ event }) => event === 'away');
  }

  /** Ends every connection that was made. */
  async end(): Promise<void> {
    await Promise.all(this.#clients.splice(0).map((client) => client.end()));
  }
}

/** Rejects when it takes longer than a relay may, ms, with what was `awaited` then. */
export async function inTime<Result>(work: Promise<Result>, ms: number, awaited: () => string): Promise<Result> {
  const done = new AbortController();
  const late = after(ms, null, { signal: done.signal }).then(() => {
    throw new Error(`${awaited()} did not come within ${ms} ms`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    done.abort();
    late.catch(() => undefined);
  }
}
