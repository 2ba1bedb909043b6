import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { AppError } from '../core/errors.ts';
import { origin as parseOrigin } from '../core/parse.ts';
import { isAddressRange } from './client-address.ts';
import { type ProxyHeader, proxyHeaders } from './forwarded.ts';
import { type LogLevel, logLevels } from './log.ts';

export interface RelayConfig {
  port: number;
  host: string;
  /** Null: `http://localhost:PORT`, or `https:` with a certificate. */
  origin: string | null;
  /** Files in PEM; null where something in front of the relay ends TLS. */
  tls: { certificate: string; key: string } | null;
  /** Where `/metrics` is; null for nowhere. */
  metricsPort: number | null;
  metricsHost: string;
  logLevel: LogLevel;
  /** Directory of the embedded store. */
  data: string;
  /** URLs of the Redis that is used instead of it; none for the embedded store. */
  redis: readonly string[];
  /** Addresses and ranges of the proxies before it. */
  trustedProxies: readonly string[];
  proxyHeader: ProxyHeader;
  /** Also a Redis that loses what it was given when it ends. */
  redisMayLose: boolean;
  /** Directory of the built phone app. */
  phoneApp: string;
}

/** `wrong`: what is the matter with a value, to be read after the option's name; null when nothing is. */
interface Option {
  value: string;
  /** Null: nothing, unless it is given. */
  fallback: string | null;
  about: string;
  wrong?(value: string): string | null;
}

const isPort = (value: string) => /^\d{1,5}$/.test(value) && Number(value) <= 65_535;
const port = (value: string) => (isPort(value) ? null : 'must be a number from 0 to 65535');
const yesOrNo = (value: string) => (['yes', 'no'].includes(value) ? null : 'must be yes or no');
const app = (value: string) =>
  isReadable(join(value, 'index.html')) ? null : 'must be where "npm run build" has put the phone app';
const file = (value: string) => (isReadable(value) ? null : 'must be a file that can be read');

/** Every option by its name on the command line, in the order of the help. */
const options = {
  port: { value: 'PORT', fallback: '8787', about: 'where it listens; 0 for any that is free', wrong: port },
  host: {
    value: 'HOST',
    fallback: 'localhost',
    about: 'address to listen at; localhost is IPv4 and IPv6 of this computer alone, 0.0.0.0 all',
  },
  origin: {
    value: 'ORIGIN',
    fallback: null,
    about: 'what browsers and phones know it by, such as https://relay.example (its own address on localhost)',
    wrong: (value) =>
      isOrigin(value) ? null : 'must be like https://relay.example, with no path (http only for localhost)',
  },
  'trusted-proxies': {
    value: 'LIST',
    fallback: null,
    about:
      'addresses or ranges of the proxies before it, with commas between, who say who the client is: 127.0.0.1,10.0.0.0/8 (none: every client counts by the address that it connects from)',
    wrong: (value) => (value.split(',').every(isAddressRange) ? null : 'must be addresses or ranges like 10.0.0.0/8'),
  },
  'proxy-header': {
    value: proxyHeaders.join('|'),
    fallback: 'x-forwarded-for',
    about:
      'where they say it; the other header is not looked at, as a proxy that does not write it passes on what anybody wrote',
    wrong: (value) => (isOneOf(proxyHeaders, value) ? null : `must be one of ${proxyHeaders.join(', ')}`),
  },
  'tls-certificate': {
    value: 'FILE',
    fallback: null,
    about: 'certificate with its chain, PEM; with --tls-key. SIGHUP reads both again. Without: TLS ends in a proxy',
    wrong: file,
  },
  'tls-key': { value: 'FILE', fallback: null, about: 'private key of the certificate, PEM', wrong: file },
  'metrics-port': {
    value: 'PORT',
    fallback: null,
    about: 'where /metrics, /healthz and /readyz are, apart from clients (nowhere)',
    wrong: port,
  },
  'metrics-host': { value: 'HOST', fallback: 'localhost', about: 'address for the metrics port' },
  data: { value: 'DIR', fallback: '.data/relay', about: 'where it keeps what is not yet delivered' },
  redis: {
    value: 'URL',
    fallback: null,
    about:
      'keeps it in Redis 7 instead, for several relays side by side: redis://[USER:PASSWORD@]HOST[:PORT][/DB], rediss:// for TLS; of a cluster, some of its nodes, with commas between',
    wrong: (value) =>
      value.split(',').every(isRedisUrl)
        ? null
        : 'must be like redis://localhost:6379, with the number of a database or none',
  },
  'redis-may-lose': {
    value: 'yes|no',
    fallback: 'no',
    about: 'also a Redis that keeps no append-only file, and loses what waits when it ends',
    wrong: yesOrNo,
  },
  'phone-app': { value: 'DIR', fallback: 'dist/phone', about: 'the built phone app', wrong: app },
  'log-level': {
    value: logLevels.join('|'),
    fallback: 'info',
    about: 'what is logged, to stderr, a JSON object in each line',
    wrong: (value) => (isOneOf(logLevels, value) ? null : `must be one of ${logLevels.join(', ')}`),
  },
} as const satisfies Record<string, Option>;

type OptionName = keyof typeof options;
type Values = Record<OptionName, string | null>;
const entries = Object.entries(options) as [OptionName, Option][];

export const help = `Tandem's relay: carries sealed messages between browsers and phones, and serves the phone app.

${entries.map(described).join('\n')}
  --version
      which one it is
  --help
      this

Each can be set in the environment too: TANDEM_RELAY_PORT for --port, TANDEM_RELAY_PHONE_APP for --phone-app, and so on.
An option goes before it.

"doctor ORIGIN" instead of options checks a relay from outside, and says what to mend: doctor https://relay.example
`;

function described([name, { value, fallback, about }]: [OptionName, Option]): string {
  return `  --${name} ${value}\n      ${about}${fallback === null ? '' : ` (${fallback})`}`;
}

/** What it is asked for instead of running: the help, or its version. */
const questions = ['help', 'version'] as const;
type Question = (typeof questions)[number];

/** What it is asked for, or what to run. Throws `malformed-call`, naming everything that is wrong, each in a line of its own. */
export function parseConfig(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): RelayConfig | Question {
  const { given, mistakes } = parsedArguments(args);
  const question = questions.find((one) => given[one]);
  if (question) return question;
  mistakes.push(...unknownVariables(env));
  /** What has an option's value: the option itself, or its variable. */
  const says = (name: OptionName) =>
    given[name] === undefined && env[variable(name)] !== undefined ? variable(name) : `--${name}`;
  const isGiven = (name: OptionName) => (given[name] ?? env[variable(name)]) !== undefined;
  const values = {} as Values;
  for (const [name, option] of entries) {
    const value = given[name] ?? env[variable(name)];
    values[name] = value ?? option.fallback;
    if (value === undefined) continue;
    const wrong = value === '' ? 'must not be empty' : option.wrong?.(value);
    if (wrong) mistakes.push(`${says(name)} ${wrong}${value === '' ? '' : `, not "${shown(value)}"`}`);
  }
  if ((values['tls-certificate'] === null) !== (values['tls-key'] === null)) {
    mistakes.push(`${says('tls-certificate')} and ${says('tls-key')} go together`);
  }
  if (values['tls-certificate'] !== null && values.origin?.startsWith('http:')) {
    mistakes.push(`${says('origin')} must begin with https: when there is a certificate`);
  }
  if (isGiven('metrics-host') && !isGiven('metrics-port')) {
    mistakes.push(`${says('metrics-host')} is of no use without --metrics-port`);
  }
  if (mistakes.length > 0) throw new AppError('malformed-call', mistakes.join('\n'));
  return configOf(values);
}

function configOf(values: Values): RelayConfig {
  const text = (name: OptionName) => values[name] as string;
  return {
    port: Number(text('port')),
    host: text('host'),
    origin: values.origin,
    tls: values['tls-key'] === null ? null : { certificate: text('tls-certificate'), key: text('tls-key') },
    metricsPort: values['metrics-port'] === null ? null : Number(values['metrics-port']),
    metricsHost: text('metrics-host'),
    logLevel: text('log-level') as LogLevel,
    trustedProxies: values['trusted-proxies']?.split(',') ?? [],
    proxyHeader: text('proxy-header') as ProxyHeader,
    data: text('data'),
    redis: values.redis?.split(',') ?? [],
    redisMayLose: text('redis-may-lose') === 'yes',
    phoneApp: text('phone-app'),
  };
}

type Given = Partial<Record<OptionName, string>> & { [question in Question]?: true };

/** Takes what it knows, and names all that it does not. */
function parsedArguments(args: readonly string[]): { given: Given; mistakes: string[] } {
  const { tokens } = parseArgs({
    args: [...args],
    options: {
      ...Object.fromEntries(entries.map(([name]) => [name, { type: 'string' } as const])),
      ...Object.fromEntries(questions.map((name) => [name, { type: 'boolean' } as const])),
    },
    strict: false,
    tokens: true,
  });
  const given: Given = {};
  const mistakes: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') mistakes.push(`"${token.value}" is no option`);
    if (token.kind !== 'option') continue;
    if (isQuestion(token.name)) given[token.name] = true;
    else if (!Object.hasOwn(options, token.name))
      mistakes.push(`${token.rawName} is not known; --help lists all options`);
    else if (token.value === undefined || (!token.inlineValue && token.value.startsWith('--')))
      mistakes.push(`${token.rawName} needs a value`);
    else if (given[token.name as OptionName] !== undefined) mistakes.push(`${token.rawName} is there more than once`);
    else given[token.name as OptionName] = token.value;
  }
  return { given, mistakes };
}

/** A misspelt variable would leave its option at the default, and nobody would know. Those of others may begin with TANDEM_ too. */
function unknownVariables(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = entries.map(([name]) => variable(name));
  const ends = known.map((name) => name.slice('TANDEM_RELAY'.length));
  const isMeant = (name: string) =>
    name.startsWith('TANDEM_RELAY_') || (name.startsWith('TANDEM_') && ends.some((end) => name.endsWith(end)));
  return Object.keys(env)
    .filter((name) => isMeant(name) && !known.includes(name))
    .map((name) => `${name} is not known; --help lists all options`);
}

function variable(option: OptionName): string {
  return `TANDEM_RELAY_${option.toUpperCase().replaceAll('-', '_')}`;
}

/** A value without the password of its URLs. */
function shown(value: string): string {
  return value.replace(/\/\/[^@,]*@/g, '//…@');
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
  if (!URL.canParse(value)) return false;
  const { protocol, hostname, pathname } = new URL(value);
  return ['redis:', 'rediss:'].includes(protocol) && hostname !== '' && /^(\/\d*)?$/.test(pathname);
}

function isQuestion(name: string): name is Question {
  return isOneOf(questions, name);
}

function isOneOf(known: readonly string[], value: string): boolean {
  return known.includes(value);
}

function isReadable(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}
