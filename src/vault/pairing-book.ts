import { base64url, fromBase64url } from '../core/bytes.ts';
import type { SharedKeys } from '../core/conversation.ts';
import { AppError } from '../core/errors.ts';
import { agreementKeys, type KeyPair, signingKeys } from '../core/keys.ts';
import { limits } from '../core/limits.ts';
import { encodedBytes, integer, object, optional, origin, type Parsed, type Parser, string } from '../core/parse.ts';
import type { Vault } from './vault.ts';

/** A pairing that both people confirmed. */
export interface Pairing extends SharedKeys {
  /** base64url of the channel. */
  readonly pairing: string;
  /** The relay's origin. */
  readonly relay: string;
  /** Ours, Ed25519. */
  readonly relayKeys: KeyPair;
  /** What the other device calls itself. */
  readonly peerName: string;
  /** ms since 1970. */
  readonly pairedAt: number;
  /** What the person here calls it instead. */
  readonly label?: string | undefined;
  /** When it was last heard of, to a few minutes; ms since 1970. */
  readonly seenAt?: number | undefined;
  /** When the person last made use of the pairing, or said that it goes on; ms since 1970. */
  readonly usedAt?: number | undefined;
}

const key = encodedBytes(32);
const time = integer(0, Number.MAX_SAFE_INTEGER);
const name = string(limits.nameCharacters);
const saved = object({
  relay: origin,
  channel: encodedBytes(16),
  static: key,
  remoteStatic: key,
  psk: key,
  relayKeys: key,
  peerName: name,
  pairedAt: time,
  label: optional(name),
  seenAt: optional(time),
  usedAt: optional(time),
});
const parseLeft = object({ leftAt: time });

const prefix = 'pairing:';
const leavingPrefix = 'leaving:';
const labelCharacters = 64;
/** How long the other side is tried to be told that a pairing is over, ms; a relay may never come back. */
const farewellMs = 30 * 24 * 3_600_000;

/** What a book holds. */
export interface Book {
  /** Oldest first, those that are `leaving` among them. */
  readonly pairings: Pairing[];
  /**
   * Those that were ended here and whose other side is still to be told, for which their keys are kept; with when that was,
   * ms since 1970. After 30 days they are forgotten.
   */
  readonly leaving: Map<string, number>;
  /** Those of which nothing but their name can be read, which keep the others from nothing. */
  readonly unreadable: string[];
}

/** The pairings of this device, in its vault. */
export class PairingBook {
  readonly #vault: Vault;

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  /** Reads all of it by `now`, ms. Throws `key-storage-broken` when the storage refuses. */
  async all(now: number): Promise<Book> {
    const [read, left] = await Promise.all([this.#read(prefix, parsePairing), this.#read(leavingPrefix, parseLeft)]);
    const readable = read.flatMap(({ value }) => value ?? []).sort((one, other) => one.pairedAt - other.pairedAt);
    const isReadable = new Set(readable.map(({ pairing }) => pairing));
    // What has no keys any more cannot be told either.
    const past = left.filter(
      ({ pairing, value }) => !isReadable.has(pairing) || (value?.leftAt ?? now) + farewellMs < now,
    );
    for (const { pairing } of past) await this.remove(pairing);
    const gone = new Set(past.map(({ pairing }) => pairing));
    return {
      pairings: readable.filter(({ pairing }) => !gone.has(pairing)),
      leaving: new Map(
        left
          .filter(({ pairing }) => !gone.has(pairing))
          .map(({ pairing, value }) => [pairing, value?.leftAt ?? now] as const),
      ),
      unreadable: read.map(({ pairing }) => pairing).filter((one) => !isReadable.has(one) && !gone.has(one)),
    };
  }

  /** Null for one that there is not. Throws `key-storage-broken` when what is stored cannot be opened. */
  async find(pairing: string): Promise<Pairing | null> {
    const name = `pairing:${pairing}`;
    const value = await this.#vault.get(name);
    return value === undefined ? null : parsePairing(value, name);
  }

  add(pairing: Pairing): Promise<void> {
    return this.#vault.set({ [prefix + pairing.pairing]: pairingRecord(pairing) });
  }

  /** Marks one as `leaving` from `now`, ms. */
  leave(pairing: string, now: number): Promise<void> {
    return this.#vault.set(leavingRecord(pairing, now));
  }

  remove(pairing: string): Promise<void> {
    return this.#vault.remove([prefix + pairing, leavingPrefix + pairing]);
  }

  /** Each record by itself; null where one cannot be opened, or is of another version. */
  async #read<T>(of: string, parse: Parser<T>): Promise<{ pairing: string; value: T | null }[]> {
    const names = await this.#vault.names(of);
    return Promise.all(
      names.map(async (name) => {
        const pairing = name.slice(of.length);
        try {
          return { pairing, value: parse(await this.#vault.get(name), name) };
        } catch (thrown) {
          if (thrown instanceof AppError) return { pairing, value: null };
          throw thrown;
        }
      }),
    );
  }
}

/** What marks a pairing as ended here from `now`, ms, until the other side was told. */
export function leavingRecord(pairing: string, now: number): Record<string, Parsed<typeof parseLeft>> {
  return { [leavingPrefix + pairing]: { leftAt: now } };
}

/** What a paired device is called here. */
export function nameOf({ label, peerName }: Pick<Pairing, 'label' | 'peerName'>): string {
  return label ?? peerName;
}

/**
 * What a person typed as a name, without what shows nothing or breaks lines (`string` of core refuses it), and at most 64
 * characters of it; undefined where nothing is left.
 */
export function labelOf(typed: string): string | undefined {
  const label = typed.replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/gu, '').trim();
  return [...label].slice(0, labelCharacters).join('') || undefined;
}

/** A pairing as JSON. It is secret. */
export function pairingRecord(pairing: Pairing): Parsed<typeof saved> {
  return {
    relay: pairing.relay,
    channel: base64url(pairing.channel),
    static: base64url(pairing.static.secret),
    remoteStatic: base64url(pairing.remoteStatic),
    psk: base64url(pairing.psk),
    relayKeys: base64url(pairing.relayKeys.secret),
    peerName: pairing.peerName,
    pairedAt: pairing.pairedAt,
    label: pairing.label,
    seenAt: pairing.seenAt,
    usedAt: pairing.usedAt,
  };
}

/** The pairing that `pairingRecord` gave. Throws `malformed-message`, naming the field. */
export function parsePairing(value: unknown, name = 'pairing'): Pairing {
  const from = saved(value, name);
  return {
    pairing: from.channel,
    relay: from.relay,
    channel: fromBase64url(from.channel),
    static: agreementKeys(fromBase64url(from.static)),
    remoteStatic: fromBase64url(from.remoteStatic),
    psk: fromBase64url(from.psk),
    relayKeys: signingKeys(fromBase64url(from.relayKeys)),
    peerName: from.peerName,
    pairedAt: from.pairedAt,
    label: from.label,
    seenAt: from.seenAt,
    usedAt: from.usedAt,
  };
}
