import { parseArgs } from 'node:util';
import { AppError } from '../core/errors.ts';
import { origin as parseOrigin } from '../core/parse.ts';
import { isAddressRange } from './client-address.ts';

export interface RelayConfig {
  port: number;
  host: string;
  /** Null: `http://localhost:PORT`. */
  origin: string | null;
  /** Directory of the embedded store. */
  data: string;
  /** URLs of the Redis that is used instead of it; none for the embedded store. */
  redis: readonly string[];
  /** Addresses and ranges of the proxies before it. */
  trustedProxies: readonly string[];
  /** Also a Redis that loses what it was given when it ends. */
  redisMayLose: boolean;
  /** Directory of the built phone app. */
  phoneApp: string;
}

export const help = `Tandem's relay: carries sealed messages between browsers and phones, and serves the phone app.

  --port PORT        where it listens (8787; 0 for any that is free)
  --host HOST        address to listen at (localhost: IPv4 and IPv6 of this computer alone; 0.0.0.0 for all)
  --origin ORIGIN    what browsers and phones know it by, behind a proxy: https://relay.example (http://localhost:PORT)
  --trusted-proxies LIST  addresses or ranges of the proxies before it, with commas between, whose X-Forwarded-For says who
                     the client is: 127.0.0.1,10.0.0.0/8 (none: every client counts by the address that it connects from)
  --data DIR         where it keeps what is not yet delivered (.data/relay)
  --redis URL        keeps it in Redis 7 instead, for several relays side by side: redis://[USER:PASSWORD@]HOST[:PORT][/DB],
                     rediss:// for TLS; of a cluster, some of its nodes, with commas between
  --redis-may-lose yes   also in a Redis that keeps no append-only file, and loses what waits when it ends (no)
  --phone-app DIR    the built phone app (dist/phone)
  --help             this

Each can be set in the environment too: TANDEM_RELAY_PORT, TANDEM_RELAY_HOST, TANDEM_RELAY_ORIGIN,
TANDEM_RELAY_TRUSTED_PROXIES, TANDEM_RELAY_DATA, TANDEM_RELAY_REDIS, TANDEM_RELAY_REDIS_MAY_LOSE, TANDEM_RELAY_PHONE_APP. An option goes before it.
`;

const options = ['port', 'host', 'origin', 'trusted-proxies', 'data', 'redis', 'redis-may-lose', 'phone-app'] as const;
type Option = (typeof options)[number];
const defaults: Record<Option, string | null> = {
  port: '8787',
  host: 'localhost',
  origin: null,
  'trusted-proxies': null,
  data: '.data/relay',
  redis: null,
  'redis-may-lose': 'no',
  'phone-app': 'dist/phone',
};

/** `'help'`, or what to run. Throws `malformed-call`, naming each option that is wrong in a line of its own. */
export function parseConfig(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): RelayConfig | 'help' {
  const given = parsedArguments(args);
  if (given.help) return 'help';
  const mistakes: string[] = [];
  const value = (option: Option) => given[option] ?? env[variable(option)] ?? defaults[option];
  const required = (option: Option) => {
    const found = value(option);
    if (!found) mistakes.push(`--${option} must not be empty`);
    return found ?? '';
  };
  const port = required('port');
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    mistakes.push(`--port must be a number from 0 to 65535, not "${port}"`);
  const origin = value('origin');
  if (origin !== null && !isOrigin(origin)) {
    mistakes.push(
      `--origin must be like https://relay.example, with no path, not "${origin}" (http only for localhost)`,
    );
  }
  const trustedProxies = value('trusted-proxies')?.split(',') ?? [];
  for (const range of trustedProxies.filter((each) => !isAddressRange(each))) {
    mistakes.push(`--trusted-proxies must be addresses or ranges like 10.0.0.0/8, not "${range}"`);
  }
  const redis = value('redis')?.split(',') ?? [];
  for (const url of redis.filter((each) => !isRedisUrl(each))) {
    mistakes.push(`--redis must be like redis://localhost:6379, not "${url.replace(/\/\/.*@/, '//…@')}"`);
  }
  const mayLose = required('redis-may-lose');
  if (mayLose !== 'yes' && mayLose !== 'no') mistakes.push(`--redis-may-lose must be yes or no, not "${mayLose}"`);
  const config = {
    port: Number(port),
    host: required('host'),
    origin,
    trustedProxies,
    data: required('data'),
    redis,
    redisMayLose: mayLose === 'yes',
    phoneApp: required('phone-app'),
  };
  if (mistakes.length > 0) throw new AppError('malformed-call', mistakes.join('\n'));
  return config;
}

function parsedArguments(args: readonly string[]): Partial<Record<Option, string>> & { help?: boolean } {
  const text = { type: 'string' } as const;
  const texts = Object.fromEntries(options.map((option) => [option, text])) as Record<Option, typeof text>;
  try {
    return parseArgs({ args: [...args], options: { ...texts, help: { type: 'boolean' } } }).values;
  } catch (cause) {
    throw new AppError('malformed-call', (cause as Error).message, { cause });
  }
}

function variable(option: Option): string {
  return `TANDEM_RELAY_${option.toUpperCase().replaceAll('-', '_')}`;
}

function isOrigin(value: string): boolean {
  try {
    parseOrigin(value, 'origin');
    return true;
  } catch {
    return false;
  }
}

function isRedisUrl(value: string): boolean {
  return (
    URL.canParse(value) && ['redis:', 'rediss:'].includes(new URL(value).protocol) && new URL(value).hostname !== ''
  );
}
