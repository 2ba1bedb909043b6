import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { encode } from '../../core/binary.ts';
import { base64url, text } from '../../core/bytes.ts';
import { channelCreation, wireVersion } from '../../core/frames.ts';
import { type KeyPair, type Random, sign, signingKeys } from '../../core/keys.ts';
import { encodedBytes, json, object } from '../../core/parse.ts';
import { attachProof, creationProof } from '../../core/relay-proofs.ts';
import { FrameClient } from './frame-client.ts';

/** What a check found. `mend`: what to do about it, where something is wrong or soon will be. */
export interface Finding {
  result: 'well' | 'soon' | 'wrong';
  says: string;
  mend?: string;
}

export interface Patient {
  /** `http:` or `https:`, as clients know it. */
  readonly origin: string;
  readonly clock: { now(): number };
  readonly random: Random;
  /** How long each answer may take, ms. */
  readonly waitMs: number;
}

export interface Check {
  name: string;
  /** Throws when it cannot say. */
  examine(patient: Patient): Promise<Finding>;
  /** What to look at when it cannot. */
  mend: string;
  /** Where this one cannot say, those behind it would only say the same. */
  isGround?: true;
}

const dayMs = 24 * 3_600_000;
/** Certificates are renewed with a month left, as a rule: two weeks mean that it did not work. */
const daysLeft = 14;
/** Requests live for a minute. */
const clockOffMs = 5_000;

const well = (says: string): Finding => ({ result: 'well', says });
const wrong = (says: string, mend: string): Finding => ({ result: 'wrong', says, mend });

/** Of a proxy that has no answer of its server (RFC 9110 §15.6). */
const gatewayStatuses: ReadonlySet<number> = new Set([502, 503, 504]);

async function answerOf({ origin, waitMs }: Patient, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${origin}${path}`, { ...init, redirect: 'manual', signal: AbortSignal.timeout(waitMs) });
}

function socketUrl(origin: string): string {
  return `${origin.replace(/^http/, 'ws')}/v1/socket`;
}

async function secured(url: URL, waitMs: number): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const port = Number(url.port || 443);
    // A server is not told by which address it was reached (RFC 6066 §3).
    const socket = connect({ host, port, timeout: waitMs, ...(isIP(host) === 0 && { servername: host }) });
    socket.on('secureConnect', () => resolve(socket));
    socket.on('timeout', () => socket.destroy(new Error(`no answer within ${waitMs} ms`)));
    socket.on('error', reject);
  });
}

async function tls({ origin, clock, waitMs }: Patient): Promise<Finding> {
  const url = new URL(origin);
  if (url.protocol === 'http:') {
    return { result: 'soon', says: 'none', mend: 'Enough on this computer alone; phones need https.' };
  }
  const socket = await secured(url, waitMs);
  const days = Math.floor((Date.parse(socket.getPeerCertificate().valid_to) - clock.now()) / dayMs);
  const version = socket.getProtocol();
  socket.destroy();
  const says = `${version}, certificate good for ${days} days`;
  if (days >= daysLeft) return well(says);
  return { result: 'soon', says, mend: 'Renew the certificate, and see why it was not renewed by itself.' };
}

async function alive(patient: Patient): Promise<Finding> {
  const { status } = await answerOf(patient, '/healthz');
  if (status === 200) return well('/healthz answers');
  return wrong(
    `/healthz answers ${status}`,
    gatewayStatuses.has(status)
      ? 'The proxy does not reach the relay: see that it runs, and that its --host and --port are where the proxy looks for it.'
      : 'Something else answers there: see that the proxy passes all paths on.',
  );
}

async function store(patient: Patient): Promise<Finding> {
  const { status } = await answerOf(patient, '/readyz');
  if (status === 200) return well('/readyz says that it can store');
  return wrong(
    `/readyz answers ${status}`,
    'The relay cannot store, or is being stopped: look for free disk space, for Redis, and into its log.',
  );
}

async function upgrade({ origin, waitMs }: Patient): Promise<Finding> {
  const client = new FrameClient(socketUrl(origin), waitMs);
  const { version } = await client.next(['hello'], waitMs);
  await client.end();
  if (version === wireVersion) return well(`/v1/socket greets, version ${version}`);
  return wrong(`/v1/socket greets with version ${version}`, 'This doctor and that relay are of different versions.');
}

async function clock({ origin, clock, waitMs }: Patient): Promise<Finding> {
  const client = new FrameClient(socketUrl(origin), waitMs);
  await client.next(['hello'], waitMs);
  const askedMs = clock.now();
  client.send({ frame: 'ping' });
  const { timeMs } = await client.next(['pong'], waitMs);
  const offMs = Math.round(timeMs - (askedMs + clock.now()) / 2);
  await client.end();
  const says = `${Math.abs(offMs)} ms ${offMs < 0 ? 'behind' : 'ahead of'} this computer`;
  if (Math.abs(offMs) <= clockOffMs) return well(says);
  return wrong(says, 'Set the clock of the relay (or of this computer) by NTP: messages live for a minute.');
}

interface OpenChannel {
  client: FrameClient;
  channel: Uint8Array;
  keys: KeyPair;
}

/** Creates a channel and opens it, which proves that the relay's `--origin` is the one that clients use. */
async function openChannel(patient: Patient): Promise<OpenChannel | Finding> {
  const { origin, random, waitMs } = patient;
  const [keys, join, channel] = [signingKeys(random(32)), signingKeys(random(32)), random(16)];
  const fields = { channel, key: keys.public, joinKey: join.public };
  const signature = sign(keys, creationProof({ relayOrigin: origin, ...fields }));
  const body = encode(channelCreation, { ...fields, signature }) as NonNullable<RequestInit['body']>;
  const response = await answerOf(patient, '/v1/channels', { method: 'POST', body });
  if (response.status !== 201) {
    return wrong(
      `a channel could not be created: ${response.status} ${(await response.text()).replace(/\s+/g, ' ').slice(0, 100)}`,
      response.status === 403
        ? `The relay does not know itself as ${origin}: start it with --origin ${origin}, or ask at the name that it has.`
        : 'The code above says why (docs/protocol.md, section 2.3).',
    );
  }
  const client = new FrameClient(socketUrl(origin), waitMs);
  const { nonce } = await client.next(['hello'], waitMs);
  const proof = sign(keys, attachProof({ relayOrigin: origin, nonce, channel, key: keys.public }));
  client.send({ frame: 'attach', channel, key: keys.public, since: 0, signature: proof });
  const answer = await client.next(['attached', 'refused'], waitMs);
  if (answer.frame === 'attached') return { client, channel, keys };
  await client.end();
  return wrong(`its channel could not be opened: ${answer.code}`, 'The code says why (docs/protocol.md, section 2.3).');
}

/** Ends the channel, so that nothing of the check is left but its tombstone. */
async function closed({ client, channel }: OpenChannel, waitMs: number): Promise<void> {
  client.send({ frame: 'close', channel });
  await client.next(['closed'], waitMs);
  await client.end();
}

async function delivery(patient: Patient): Promise<Finding> {
  const opened = await openChannel(patient);
  if ('result' in opened) return opened;
  const { client, channel } = opened;
  const id = patient.random(16);
  const fromMs = performance.now();
  client.send({ frame: 'put', channel, id, lifeMs: 10_000, collapse: null, body: patient.random(512) });
  const answer = await client.next(['stored', 'rejected'], patient.waitMs);
  const tookMs = performance.now() - fromMs;
  await closed(opened, patient.waitMs);
  if (answer.frame === 'stored') return well(`a message was stored in ${tookMs.toFixed(0)} ms`);
  return wrong(`a message was rejected: ${answer.code}`, 'The code says why (docs/protocol.md, section 2.3).');
}

/** A subscription that no push service has given out: a service that is reached says that it does not know it. */
function strangeSubscription(random: Random): string {
  const p256dh = base64url(new Uint8Array([4, ...Buffer.from(generatorPoint, 'hex')]));
  const endpoint = `https://updates.push.services.mozilla.com/wpush/v2/${base64url(random(32))}`;
  return JSON.stringify({ endpoint, keys: { p256dh, auth: base64url(random(16)) } });
}

/** P-256's generator (SEC 2 §2.4.2): a public key that is valid, and nobody's. */
const generatorPoint =
  '6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5';

const pushKey = object({ key: encodedBytes(65) });

async function push(patient: Patient): Promise<Finding> {
  const { random, waitMs } = patient;
  pushKey(json(text(new Uint8Array(await (await answerOf(patient, '/v1/push-key')).arrayBuffer()))), 'push-key');
  const opened = await openChannel(patient);
  if ('result' in opened) return opened;
  const { client, channel } = opened;
  client.send({ frame: 'subscribe', channel, subscription: strangeSubscription(random) });
  const kept = await client.next(['subscribed', 'refused'], waitMs);
  if (kept.frame === 'refused') {
    await closed(opened, waitMs);
    return wrong(`it keeps no push subscription: ${kept.code}`, 'See its log.');
  }
  client.send({ frame: 'ring', channel, id: random(16) });
  const { outcome } = await client.next(['pushed'], 3 * waitMs);
  await closed(opened, waitMs);
  if (outcome !== 'unreachable') return well(`the relay reaches Mozilla's push service, which says "${outcome}"`);
  return wrong(
    "the relay does not reach Mozilla's push service",
    'Let the relay out to port 443 of the push services (docs/operate.md). Without it closed phone apps are not woken.',
  );
}

/** In the order in which they are mended. */
export const checks: readonly Check[] = [
  {
    name: 'TLS',
    examine: tls,
    isGround: true,
    mend: 'See that the name leads there, that port and certificate are right, and its chain complete. For one of your own making: NODE_EXTRA_CA_CERTS=FILE.',
  },
  {
    name: 'HTTP',
    examine: alive,
    isGround: true,
    mend: 'Nothing answers: see that the relay runs, and that firewall and proxy let it through.',
  },
  { name: 'store', examine: store, mend: 'See the line above.' },
  {
    name: 'WebSocket',
    examine: upgrade,
    mend: 'The proxy must pass on Upgrade and Connection for /v1/socket (docs/deploy/nginx.conf shows how).',
  },
  { name: 'clock', examine: clock, mend: 'See the line above.' },
  { name: 'messages', examine: delivery, mend: 'See the lines above, and the log of the relay.' },
  { name: 'push', examine: push, mend: 'See the lines above, and the log of the relay.' },
];
