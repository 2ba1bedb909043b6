import { Cluster, Redis } from 'ioredis';
import { AppError } from '../../../core/errors.ts';
import type { Outage } from './outage.ts';
import { PatientCluster } from './patient-cluster.ts';
import type { Script } from './script.ts';
import { TurnCork } from './turn-cork.ts';

/** What Redis may answer to a script of ours. */
export type Reply = Buffer | number | null | readonly Reply[];

const clientOptions = {
  lazyConnect: true,
  connectTimeout: 5_000,
  // A Redis that restarts is back within seconds; what takes longer is refused, and the client says it again.
  maxRetriesPerRequest: 8,
  commandTimeout: 5_000,
  retryStrategy: (attempt: number) => Math.min(50 * 2 ** attempt, 500),
  enableAutoPipelining: false,
};

/** How long connecting to a cluster may take at the start, ms. */
const connectMs = 15_000;

/** A single Redis, or a cluster of them, with what a store needs of either. */
export class RedisConnection {
  readonly #commands: Redis | Cluster;
  /** A connection that subscribes can do nothing else; in a cluster the client keeps one for each node. */
  readonly #subscriber: Redis | Cluster;

  readonly #outage: Outage;
  readonly #cork = new TurnCork();

  private constructor(commands: Redis | Cluster, subscriber: Redis | Cluster, outage: Outage) {
    this.#commands = commands;
    this.#subscriber = subscriber;
    this.#outage = outage;
    for (const client of [commands, subscriber]) client.on('ready', () => this.#answered());
  }

  /**
   * Connects to the first of these that answers: `redis://[[user]:password@]host[:port][/db]`, or `rediss:` for TLS; it says
   * itself whether it is a cluster. Lost connections are of `outage`. Throws `storage-full` when none can be used, and
   * `not-allowed` when there are several that are no cluster.
   */
  static async open(urls: readonly string[], outage: Outage): Promise<RedisConnection> {
    const { single, isCluster } = await firstOf(urls, outage);
    if (!isCluster && urls.length > 1) {
      single.disconnect();
      throw new AppError('not-allowed', 'Redis is no cluster there. Name one alone with --redis');
    }
    if (!isCluster) {
      const subscriber = single.duplicate();
      subscriber.on('error', outage.begin);
      await subscriber.connect();
      return new RedisConnection(single, subscriber, outage);
    }
    await checkCluster(single).finally(() => single.disconnect());
    const { username, password, tls } = single.options;
    const cluster = new PatientCluster(urls.map(nodeOf), {
      lazyConnect: true,
      shardedSubscribers: true,
      // A third of a second each: refused, and said again, when nobody has a slot for longer.
      maxRedirections: 8,
      redisOptions: {
        ...clientOptions,
        ...(username && { username }),
        ...(password && { password }),
        ...(tls && { tls }),
      },
    });
    cluster.on('error', outage.begin);
    cluster.on('node error', outage.begin);
    await inTime(cluster.connect(), () => cluster.disconnect());
    return new RedisConnection(cluster, cluster, outage);
  }

  /** What each Redis that may hold data of ours says of itself. */
  info(): Promise<string[]> {
    return Promise.all(this.#masters.map((master) => master.info()));
  }

  /** Makes scripts known to each Redis. One that has started anew since is told them as they are used. */
  async load(scripts: readonly Script[]): Promise<void> {
    for (const master of this.#masters) await Promise.all(scripts.map(({ lua }) => master.script('LOAD', lua)));
  }

  /** One command, with texts in its answer as bytes. Throws `storage-full`. */
  async send(command: string, ...args: readonly (string | Buffer)[]): Promise<Reply> {
    try {
      const reply = (await this.#commands.callBuffer(command, ...args)) as Reply;
      this.#answered();
      return reply;
    } catch (cause) {
      throw refused(cause);
    }
  }

  /** What was said in this turn of the event loop leaves now, and not at its end. */
  flush(): void {
    this.#cork.release();
  }

  /** Rejects with `storage-full`, whatever was wrong: it could not be stored. */
  run(script: Script, keys: readonly string[], args: readonly (string | Buffer)[]): Promise<readonly Reply[]> {
    // The client writes each command by itself, which costs as much as all else that it does.
    for (const { stream } of this.#masters) if (stream) this.#cork.hold(stream);
    const call = (command: string, text: string) =>
      this.#commands.callBuffer(command, text, keys.length, ...keys, ...args) as unknown as Promise<readonly Reply[]>;
    return call('evalsha', script.sha).catch((thrown: unknown) => {
      if (!isUnknownScript(thrown)) throw refused(thrown);
      return call('eval', script.lua).catch((cause: unknown) => {
        throw refused(cause);
      });
    });
  }

  /** Calls `hear` with all that is published under these names from now on, and `again` when it may have missed something. */
  async subscribe(
    names: readonly string[],
    hear: (name: string, said: Buffer) => void,
    again: () => void,
  ): Promise<void> {
    this.#subscriber.on('smessageBuffer', (name: Buffer, said: Buffer) => hear(name.toString(), said));
    if (this.#subscriber instanceof Cluster) {
      await Promise.all(names.map((name) => this.#subscriber.ssubscribe(name)));
      for (const event of ['+node', 'subscribersReady']) this.#subscriber.on(event, again);
      return;
    }
    await this.#subscriber.ssubscribe(...names);
    this.#commands.on('ready', again);
    // Who looks before it is heard again finds what came before, and misses what comes between.
    this.#subscriber.on('ready', () => {
      this.#subscriber.ssubscribe(...names).then(again, this.#outage.trouble);
    });
  }

  /** Begins a subscription anew that does not hear. */
  async resubscribe(name: string): Promise<void> {
    await this.#subscriber.sunsubscribe(name);
    await this.#subscriber.ssubscribe(name);
  }

  async close(): Promise<void> {
    await this.#commands.quit().catch(() => this.#commands.disconnect());
    this.#subscriber.disconnect();
  }

  /** It is back when each of its nodes has a connection again: one that answers says nothing of the others. */
  #answered(): void {
    if (!this.#outage.isUnderWay) return;
    if ([this.#commands, this.#subscriber, ...this.#masters].every(({ status }) => status === 'ready'))
      this.#outage.end();
  }

  get isCluster(): boolean {
    return this.#commands instanceof Cluster;
  }

  get #masters(): readonly Redis[] {
    return this.#commands instanceof Cluster ? this.#commands.nodes('master') : [this.#commands];
  }
}

/** A Redis that has started anew knows no scripts. */
function isUnknownScript(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.message.startsWith('NOSCRIPT');
}

interface Answering {
  single: Redis;
  isCluster: boolean;
}

async function firstOf(urls: readonly string[], outage: Outage): Promise<Answering> {
  const reasons: string[] = [];
  for (const url of urls) {
    const single = new Redis(url, clientOptions);
    // The client goes on without what it was refused, like a number of a database that there is not.
    const said: unknown[] = [];
    const note = (error: unknown) => void said.push(error);
    single.on('error', note);
    try {
      await single.connect();
      const info = await single.info('server');
      if (said.length > 0) throw said[0];
      single.off('error', note).on('error', outage.begin);
      return { single, isCluster: info.includes('redis_mode:cluster') };
    } catch (cause) {
      single.disconnect();
      reasons.push(`${withoutPassword(url)} (${messageOf(said[0] ?? cause)})`);
    }
  }
  throw new AppError(
    'storage-full',
    `Redis cannot be used at ${reasons.join(', ')}. Start it, or set --redis to where it is and how it lets you in`,
  );
}

/** What the client asks a cluster again and again without a word until it likes the answer. Throws `storage-full`. */
async function checkCluster(node: Redis): Promise<void> {
  let state: unknown;
  try {
    await node.call('cluster', 'slots');
    state = await node.call('cluster', 'info');
  } catch (cause) {
    throw refused(cause);
  }
  if (!String(state).includes('cluster_state:ok'))
    throw new AppError(
      'storage-full',
      'The Redis Cluster is not whole ("cluster_state" of its CLUSTER INFO is not ok): see that all of its nodes run',
    );
}

/** Throws `storage-full` when it takes longer than any that works. */
async function inTime(connecting: Promise<void>, giveUp: () => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      giveUp();
      reject(
        new AppError(
          'storage-full',
          'The Redis Cluster gave no connection: see that each of its nodes is reached from here',
        ),
      );
    }, connectMs);
  });
  try {
    await Promise.race([connecting, late]);
  } finally {
    clearTimeout(timer);
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : 'no answer';
}

function refused(cause: unknown): AppError {
  return new AppError('storage-full', `Redis: ${messageOf(cause)}`, { cause });
}

function nodeOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 6379) };
}

function withoutPassword(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}
