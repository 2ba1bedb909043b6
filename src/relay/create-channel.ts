import type { IncomingMessage } from 'node:http';
import { decode } from '../core/binary.ts';
import { AppError, codeOf, type ErrorCode } from '../core/errors.ts';
import { type ChannelCreation, channelCreation } from '../core/frames.ts';
import { creationProof } from '../core/relay-proofs.ts';
import { isProof } from './proof-check.ts';
import type { SessionContext } from './session.ts';

/** Bytes of a creation's body: its fields are of fixed size. */
const creationBytes = 16 + 32 + 32 + 64;

export type CreationContext = Pick<
  SessionContext,
  'origin' | 'store' | 'clock' | 'limits' | 'log' | 'metrics' | 'rates'
>;

export interface Answer {
  status: number;
  body: { timeMs: number } | { code: ErrorCode; retryAfterMs?: number };
}

const statuses: Partial<Record<ErrorCode, number>> = {
  'malformed-frame': 400,
  'bad-signature': 403,
  'not-allowed': 403,
  'channel-exists': 409,
  'channel-closed': 410,
  'too-large': 413,
  'too-many-requests': 429,
  'storage-full': 503,
};

export function failure(code: ErrorCode, retryAfterMs?: number): Answer {
  return { status: statuses[code] ?? 500, body: { code, ...(retryAfterMs !== undefined && { retryAfterMs }) } };
}

/** `POST /v1/channels` (docs/protocol.md §3). */
export async function createChannel(
  context: CreationContext,
  request: IncomingMessage,
  address: string,
): Promise<Answer> {
  const { store, clock, limits, log } = context;
  const waitMs = context.rates.creations.take(address, clock.now());
  if (waitMs > 0) return failure('too-many-requests', waitMs);
  try {
    const creation = decode(channelCreation, await bodyOf(request));
    if (
      !isProof(creationProof({ relayOrigin: context.origin, ...fieldsOf(creation) }), creation.key, creation.signature)
    ) {
      return failure('bad-signature');
    }
    const { channel, key, joinKey } = creation;
    const outcome = await store.create(channel, { creatorKey: key, joinKey }, clock.now() + limits.joinWindowMs);
    log.info('create', { channel: log.channel(channel), outcome });
    if (outcome !== 'created' && outcome !== 'repeated') return failure(outcome);
    return { status: outcome === 'created' ? 201 : 200, body: { timeMs: clock.now() } };
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code === 'unexpected') log.warn('unexpected', { error: String(thrown) });
    return failure(code, code === 'storage-full' ? limits.storageRetryMs : undefined);
  }
}

function fieldsOf({ channel, key, joinKey }: ChannelCreation) {
  return { channel, key, joinKey };
}

/** Throws `too-large` before it has read more than a creation can have. */
async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > creationBytes) throw new AppError('too-large', `${creationBytes} bytes at most`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
