import { base64url } from '../../../src/core/bytes.ts';
import { newOwnKeys } from '../../../src/core/pairing.ts';
import { Contacts } from '../../../src/extension/background/contacts.ts';
import { PhoneNews } from '../../../src/extension/background/phone-news.ts';
import type { Pairing, PairingBook } from '../../../src/vault/pairing-book.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { MemoryArea } from './memory-area.ts';

export const relay = 'https://relay.example';

/** A pairing that stands in the book. */
export function pairingOf(name: string): Pairing {
  const random = seededRandom(name);
  const own = newOwnKeys(random);
  const channel = random(16);
  return {
    pairing: base64url(channel),
    channel,
    relay,
    relayKeys: own.relay,
    static: own.static,
    remoteStatic: random(32),
    psk: random(32),
    peerName: name,
    pairedAt: 1_000,
  };
}

/** Contacts over a book that keeps nothing but what the test reads. */
export async function contactsOf(...pairings: Pairing[]) {
  const of = unreadContactsOf(...pairings);
  await of.load();
  return of;
}

/** The same, which know nobody until `load`, as while a worker starts. */
export function unreadContactsOf(...pairings: Pairing[]) {
  const written = new Map(pairings.map((pairing) => [pairing.pairing, pairing]));
  const now = { ms: 1_000_000 };
  const leaving = new Map<string, number>();
  const unreadable: string[] = [];
  const book = {
    all: async () => ({ pairings: [...written.values()], leaving: new Map(leaving), unreadable: [...unreadable] }),
    add: async (pairing: Pairing) => void written.set(pairing.pairing, pairing),
    leave: async (pairing: string, at: number) => void leaving.set(pairing, at),
    remove: async (pairing: string) => {
      written.delete(pairing);
      leaving.delete(pairing);
    },
  };
  const area = new MemoryArea();
  const news = new PhoneNews(area, () => undefined);
  const contacts = new Contacts({ changed: () => undefined, now: () => now.ms, news });
  const load = () => contacts.load(book as unknown as PairingBook);
  return { contacts, load, news, area, written, leaving, unreadable, book, now };
}
