/** Goes through a set again and again, a part at a time, so that what is done with thousands never holds up anything else. */
export class Rounds<Item> {
  readonly #items: ReadonlySet<Item>;
  readonly #parts: number;
  #left: Iterator<Item, undefined>;
  #part = 0;

  constructor(items: ReadonlySet<Item>, parts: number) {
    this.#items = items;
    this.#parts = parts;
    this.#left = items.values();
  }

  /** The next part; after the last one all that was there from the first on has had its turn once. */
  *next(): Generator<Item> {
    if (this.#part === this.#parts) {
      this.#part = 0;
      this.#left = this.#items.values();
    }
    const isLast = ++this.#part === this.#parts;
    const most = isLast ? this.#items.size : Math.ceil(this.#items.size / this.#parts);
    for (let count = 0; count < most; count++) {
      const { value, done } = this.#left.next();
      if (done) return;
      yield value;
    }
  }
}
