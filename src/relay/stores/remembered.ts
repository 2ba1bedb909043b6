import { relayLimits } from '../limits.ts';

/** What is known of a message that is gone. */
export interface RememberedMessage {
  seq: number;
  id: Uint8Array;
  expiresMs: number;
  state: 'received' | 'replaced';
}

const wordsPerId = 4;
const leastRoom = 8;

function word(bytes: Uint8Array, at: number): number {
  const [a, b, c, d] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]] as [number, number, number, number];
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

/**
 * The last messages of one mailbox that are gone, the longest known first. In flat arrays: as objects the hundreds of
 * every mailbox would be most of what the collector has to look at.
 */
export class Remembered {
  /** Four for each id. */
  #ids = new Uint32Array(leastRoom * wordsPerId);
  /** Negative when replaced. */
  #seqs = new Float64Array(leastRoom);
  #expiries = new Float64Array(leastRoom);
  #first = 0;
  #count = 0;

  get isFull(): boolean {
    return this.#count >= relayLimits.rememberedMessages;
  }

  add({ seq, id, expiresMs, state }: RememberedMessage): void {
    if (this.#count === this.#seqs.length) this.#grow();
    const place = this.#place(this.#count++);
    for (let at = 0; at < wordsPerId; at++) this.#ids[place * wordsPerId + at] = word(id, at * 4);
    this.#seqs[place] = state === 'replaced' ? -seq : seq;
    this.#expiries[place] = expiresMs;
  }

  /** The number of a message; 0 for one that is not remembered. */
  seqOf(id: Uint8Array): number {
    const [a, b, c, d] = [word(id, 0), word(id, 4), word(id, 8), word(id, 12)];
    const ids = this.#ids;
    for (let at = 0; at < this.#count; at++) {
      const place = this.#place(at);
      const from = place * wordsPerId;
      if (ids[from] === a && ids[from + 1] === b && ids[from + 2] === c && ids[from + 3] === d) {
        return Math.abs(this.#seqs[place] as number);
      }
    }
    return 0;
  }

  /** Takes the longest known away, and gives its number. */
  shift(): number {
    const seq = Math.abs(this.#seqs[this.#first] as number);
    this.#first = (this.#first + 1) % this.#seqs.length;
    this.#count--;
    return seq;
  }

  *[Symbol.iterator](): Generator<RememberedMessage> {
    for (let at = 0; at < this.#count; at++) yield this.#at(at);
  }

  /** Takes those away that are for it, and gives them. */
  remove(isOver: (message: RememberedMessage) => boolean): RememberedMessage[] {
    const all = [...this];
    const over = all.filter(isOver);
    if (over.length === 0) return over;
    this.clear();
    for (const message of all) if (!over.includes(message)) this.add(message);
    return over;
  }

  /** ms since 1970; Infinity when there are none. */
  nextExpiryMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (let at = 0; at < this.#count; at++) next = Math.min(next, this.#expiries[this.#place(at)] as number);
    return next;
  }

  clear(): void {
    this.#first = 0;
    this.#count = 0;
  }

  #place(at: number): number {
    const place = this.#first + at;
    return place < this.#seqs.length ? place : place - this.#seqs.length;
  }

  #at(at: number): RememberedMessage {
    const place = this.#place(at);
    const id = new Uint8Array(16);
    const view = new DataView(id.buffer);
    for (let part = 0; part < wordsPerId; part++) {
      view.setUint32(part * 4, this.#ids[place * wordsPerId + part] as number);
    }
    const seq = this.#seqs[place] as number;
    return {
      seq: Math.abs(seq),
      id,
      expiresMs: this.#expiries[place] as number,
      state: seq < 0 ? 'replaced' : 'received',
    };
  }

  #grow(): void {
    const all = [...this];
    const room = this.#seqs.length * 2;
    this.#ids = new Uint32Array(room * wordsPerId);
    this.#seqs = new Float64Array(room);
    this.#expiries = new Float64Array(room);
    this.clear();
    for (const message of all) this.add(message);
  }
}
