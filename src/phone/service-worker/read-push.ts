import { base64url } from '../../core/bytes.ts';
import { Conversation, peek } from '../../core/conversation.ts';
import { decodeRelayFrame, type FrameOf } from '../../core/frames.ts';
import type { Random } from '../../core/keys.ts';
import { decodeMessage, type Message } from '../../core/messages.ts';
import { orNull } from '../../core/or-null.ts';
import { type Pairing, PairingBook } from '../../vault/pairing-book.ts';
import type { Vault } from '../../vault/vault.ts';

/** What a push brings. */
export type Pushed =
  /** A message of a paired browser; `message` is null where it goes on with a conversation, which only who leads can read. */
  | {
      readonly is: 'delivery';
      readonly frame: FrameOf<'deliver'>;
      readonly pairing: Pairing;
      readonly message: Message | null;
    }
  /** The answer to this phone's own `ring`. */
  | { readonly is: 'ringing'; readonly id: string; readonly pairing: string }
  /** Only that something waits, or what cannot be opened. */
  | { readonly is: 'wake-up' };

/**
 * Reads a push without taking it: nothing is stored and no key is used up, as the same message waits at the relay for
 * who leads. `payload`: null for an empty push. Throws `key-storage-broken`.
 */
export async function readPush(payload: Uint8Array | null, vault: Vault, random: Random): Promise<Pushed> {
  const wakeUp = { is: 'wake-up' } as const;
  if (payload === null || payload.length === 0) return wakeUp;
  const frame = orNull(() => decodeRelayFrame(payload));
  if (frame?.frame === 'ringing') {
    return { is: 'ringing', id: base64url(frame.id), pairing: base64url(frame.channel) };
  }
  if (frame?.frame !== 'deliver') return wakeUp;
  const pairing = await new PairingBook(vault).find(base64url(frame.channel));
  if (!pairing) return wakeUp;
  const message = orNull(() =>
    peek(frame.body).first ? decodeMessage(Conversation.accept(pairing, random, frame.body).plaintext) : null,
  );
  return { is: 'delivery', frame, pairing, message };
}
