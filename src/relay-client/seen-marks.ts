/** Marks of one pairing: at some 100 bytes each what a peer that floods may take up in the browser's storage. */
const mostOfPairing = 4_096;

/**
 * What came already, by pairing, each mark until its time is over: a relay cannot have anything taken twice. Beyond
 * `mostOfPairing` the oldest is forgotten, which only a peer that sends that many can bring about, for itself.
 */
export class SeenMarks {
  readonly #all = new Map<string, Map<string, number>>();

  /** The key under which a mark is stored. */
  static key(pairing: string, name: string): string {
    return `seen:${pairing}:${name}`;
  }

  has(pairing: string, name: string): boolean {
    return this.#all.get(pairing)?.has(name) ?? false;
  }

  /** `expiresMs`: ms since 1970, by this device's clock. */
  add(pairing: string, name: string, expiresMs: number): void {
    const marks = this.#all.get(pairing) ?? new Map<string, number>();
    marks.set(name, expiresMs);
    this.#all.set(pairing, marks);
  }

  /** Forgets what was over at `now`, ms, or is too much; gives the keys of it. */
  sweep(now: number): string[] {
    return [...this.#all].flatMap(([pairing, marks]) => {
      const byAge = [...marks].sort(([, left], [, right]) => left - right);
      const gone = byAge.filter(([, expiresMs], at) => expiresMs < now || at < byAge.length - mostOfPairing);
      for (const [name] of gone) marks.delete(name);
      return gone.map(([name]) => SeenMarks.key(pairing, name));
    });
  }

  /** Forgets all of a pairing; gives the keys of it. */
  forget(pairing: string): string[] {
    const names = [...(this.#all.get(pairing)?.keys() ?? [])];
    this.#all.delete(pairing);
    return names.map((name) => SeenMarks.key(pairing, name));
  }
}
