import { encode } from '../../core/binary.ts';
import { AppError, isErrorCode } from '../../core/errors.ts';
import { channelCreation } from '../../core/frames.ts';
import { type KeyPair, sign } from '../../core/keys.ts';
import { integer, object } from '../../core/parse.ts';
import { creationProof } from '../../core/relay-proofs.ts';

const created = object({ timeMs: integer(0, 2 ** 48 - 1) });
const answerMs = 10_000;

export interface NewChannel {
  /** The relay's origin. */
  relay: string;
  /** 16 bytes. */
  channel: Uint8Array;
  /** Ours, Ed25519. */
  keys: KeyPair;
  /** Ed25519 public key, 32 bytes, which may join once. */
  joinKey: Uint8Array;
}

/**
 * Makes a channel at a relay (docs/protocol.md §3) and gives the relay's time, ms since 1970. Throws
 * `relay-unreachable`, `relay-timeout`, or the code that the relay refuses with.
 */
export async function createChannel(
  fetch: typeof globalThis.fetch,
  { relay, channel, keys, joinKey }: NewChannel,
): Promise<number> {
  const proof = creationProof({ relayOrigin: relay, channel, key: keys.public, joinKey });
  const body = encode(channelCreation, { channel, key: keys.public, joinKey, signature: sign(keys, proof) });
  let response: Response;
  let answer: unknown;
  try {
    response = await fetch(`${relay}/v1/channels`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body,
      credentials: 'omit',
      redirect: 'error',
      signal: AbortSignal.timeout(answerMs),
    });
    answer = await response.json();
  } catch (cause) {
    const late = cause instanceof DOMException && cause.name === 'TimeoutError';
    throw new AppError(late ? 'relay-timeout' : 'relay-unreachable', undefined, { cause });
  }
  if (response.ok) return created(answer, 'created').timeMs;
  const { code } = (answer ?? {}) as { code?: unknown };
  throw new AppError(isErrorCode(code) ? code : 'relay-unreachable', `status ${response.status}`);
}
