import { base64url } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import type { Random } from '../../core/keys.ts';
import type { Log } from '../log.ts';
import type { MailboxStore } from './mailbox-store.ts';
import type { StoreEvents } from './record-store.ts';
import { RedisConnection } from './redis/connection.ts';
import { Outage } from './redis/outage.ts';
import { RedisStore } from './redis/redis-store.ts';

export interface RedisStoreConfig {
  /** `redis://` or `rediss://` URLs: one, or some nodes of one cluster. */
  urls: readonly string[];
  /** Also a Redis that keeps no append-only file, and so loses what it was given when it ends. */
  allowLoss: boolean;
}

/**
 * Redis 7 or newer, alone or a cluster, shared by any number of relays. Throws `storage-full` when it
 * cannot be reached or used, and `not-allowed` when a Redis keeps no append-only file and `allowLoss` is not set.
 */
export async function redisStore(
  { urls, allowLoss }: RedisStoreConfig,
  {
    clock,
    random,
    log,
    expired = () => undefined,
  }: { clock: { now(): number }; random: Random; log: Log } & StoreEvents,
): Promise<MailboxStore> {
  const outage = new Outage((error) => log.warn('store', { error }));
  const redis = await RedisConnection.open(urls, outage);
  try {
    await checkServers(redis, allowLoss, log);
    return await RedisStore.open(redis, { clock, process: base64url(random(16)), trouble: outage.trouble, expired });
  } catch (thrown) {
    await redis.close();
    throw thrown;
  }
}

async function checkServers(redis: RedisConnection, allowLoss: boolean, log: Log): Promise<void> {
  for (const info of await redis.info()) {
    const [, version = '0'] = /redis_version:(\d+)/.exec(info) ?? [];
    if (Number(version) < 7) throw new AppError('storage-full', `Redis ${version} is too old: 7 or newer is needed`);
    if (info.includes('aof_enabled:1')) continue;
    if (!allowLoss) {
      throw new AppError(
        'not-allowed',
        'Redis keeps no append-only file and would lose what it said is stored. Set "appendonly yes" there, ' +
          'or start the relay with --redis-may-lose yes',
      );
    }
    log.warn('store', { error: 'Redis keeps no append-only file: what waits is lost when it ends' });
  }
}
