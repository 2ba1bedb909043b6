import type { peerEvents, peerPresence, Refusal } from '../../core/frames.ts';

/** A channel has two sides, and each a mailbox: what is put by one lies in the other's. */
export const sides = ['creator', 'joiner'] as const;
export type Side = (typeof sides)[number];

export function otherSide(side: Side): Side {
  return side === 'creator' ? 'joiner' : 'creator';
}

export type Presence = (typeof peerPresence)[number];
export type PeerEvent = (typeof peerEvents)[number];

export interface Channel {
  /** Ed25519, 32 bytes. */
  readonly creatorKey: Uint8Array;
  /** Ed25519, 32 bytes: good for joining once. */
  readonly joinKey: Uint8Array;
  /** Ed25519, 32 bytes; null until somebody joined. */
  readonly joinerKey: Uint8Array | null;
  readonly closed: boolean;
  /** Whether the joiner has shown that it has its own key, so that the join key is good for nothing any more. */
  readonly settled: boolean;
}

/** What is put, and who is told what became of it. */
export interface NewMessage {
  /** Of 16 bytes, as a name (`name.ts`). */
  readonly id: string;
  /** ms since 1970. */
  readonly expiresMs: number;
  /** 16 bytes: replaces an unread message with the same. */
  readonly collapse: Uint8Array | null;
  readonly body: Uint8Array;
  /**
   * It was acknowledged before it was durable, or before that was heard: its sender is told so by `Watcher.received`, now or at its
   * next opening. One of the two below follows still.
   */
  received(): void;
  /** It is durable, or nobody waits for that any more. `waits`: nobody has acknowledged or replaced it. `here`: somebody has the mailbox open and was told. */
  stored(seq: number, waits: boolean, here: boolean): void;
  /** `channel-closed`, `expired`, `mailbox-full` or `storage-full`. */
  refused(code: Refusal, retryAfterMs: number): void;
}

export interface Message {
  readonly seq: number;
  /** Of 16 bytes, as a name. */
  readonly id: string;
  readonly expiresMs: number;
  readonly body: Uint8Array;
}

/** What a store tells whoever has a mailbox open. Called in order, never after `leave`, `displaced` or `closed`. */
export interface Watcher {
  /** First of all. `seq`: the last number that was given out in this mailbox. */
  opened(seq: number, peer: Presence): void;
  /** What waits, oldest first, then each message as it comes, not before it has its place in the order. */
  deliver(message: Message): void;
  /** The other side acknowledged a message of this side's, durable or not; said again at each opening until the message expires. */
  received(id: string): void;
  peer(event: PeerEvent): void;
  /** The push service knows this side's subscription no more; said again at each opening until there is another. */
  unsubscribed(subscription: string): void;
  /** Somebody else has opened the same mailbox since. */
  displaced(): void;
  /** The channel ended. */
  closed(): void;
}

/** One side's mailbox, opened; also what it may do to the other's. */
export interface OpenMailbox {
  /**
   * Puts a message for the other side, who hears of it at once where it is here. A repeat of an id that is remembered has
   * its first number. (No promise and no callback for each message: they would cost a tenth of it.)
   */
  put(message: NewMessage): void;
  /** Forgets what was delivered up to and including this number; the other side is told. */
  acknowledge(seq: number): void;
  /** Keeps the one Web Push subscription of this side. Throws `storage-full`. */
  subscribe(subscription: string): Promise<void>;
  /** Ends the channel for both sides and for 30 days. Throws `storage-full`. */
  close(): Promise<void>;
  leave(): void;
}

/**
 * Where channels and their mailboxes are (README.md beside this file). Bytes handed in must not change afterwards.
 * Promises resolve once what they did is durable, and reject with `storage-full` when it cannot be made so.
 */
export interface MailboxStore {
  /** `joinByMs`: when it expires unless somebody joined. Refusals: `channel-exists`, `channel-closed`. */
  create(
    channel: Uint8Array,
    keys: Pick<Channel, 'creatorKey' | 'joinKey'>,
    joinByMs: number,
  ): Promise<'created' | 'repeated' | Refusal>;
  /** Null for one that was never created, or that expired. */
  find(channel: Uint8Array): Promise<Channel | null>;
  /**
   * Puts `key` in the place of `joinKey`, once; the same may be said again until the channel is settled. The creator hears
   * `joined`, or `second-join` when it was another key's turn before. Refusals: `unknown-channel`, `channel-closed`, `bad-signature` (another join key), `already-joined`.
   */
  join(channel: Uint8Array, joinKey: Uint8Array, key: Uint8Array): Promise<'joined' | 'repeated' | Refusal>;
  /** The joiner has attached by its own key. Of a channel that nobody joined nothing comes. Throws `storage-full`. */
  settle(channel: Uint8Array): Promise<void>;
  /** Opens a mailbox from after number `since`, in place of who had it open. Null when the channel is not there or closed. */
  open(channel: Uint8Array, side: Side, since: number, watcher: Watcher): Promise<OpenMailbox | null>;
  subscription(channel: Uint8Array, side: Side): Promise<string | null>;
  /** A push service knows a subscription no more: its side is told, unless it was replaced by another meanwhile. */
  unsubscribe(channel: Uint8Array, side: Side, subscription: string): Promise<void>;
  /** A value of the relay's own, made at first use. */
  keep(name: string, make: () => Uint8Array): Promise<Uint8Array>;
  /** Drops what expired. */
  sweep(): Promise<void>;
  /** Resolves when the store can write. */
  probe(): Promise<void>;
  /** Makes all that was begun durable, and lets go of the storage. Nothing may be called afterwards. */
  close(): Promise<void>;
}
