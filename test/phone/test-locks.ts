type Work = (lock: object | null) => Promise<unknown>;

/** One lock of the Web Locks API, as far as it is used here; Node has none. Who waits is served in order. */
export class TestLocks {
  #name = '';
  #holder: { stolen: () => void } | null = null;
  readonly #queue: (() => void)[] = [];

  get isFree(): boolean {
    return this.#holder === null;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  async query(): Promise<LockManagerSnapshot> {
    return { pending: this.#queue.map(() => ({ name: this.#name })) };
  }

  async request(name: string, { ifAvailable, steal, signal }: LockOptions, work: Work): Promise<unknown> {
    this.#name = name;
    if (ifAvailable && !this.isFree) return work(null);
    if (steal) this.#holder?.stolen();
    else if (!this.isFree) await this.#turn(signal);
    return this.#hold(work);
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push(resolve);
      signal?.addEventListener('abort', () => {
        const at = this.#queue.indexOf(resolve);
        if (at >= 0) this.#queue.splice(at, 1);
        reject(signal.reason);
      });
    });
  }

  async #hold(work: Work): Promise<unknown> {
    const stolen = new Promise<never>((_, reject) => {
      this.#holder = { stolen: () => reject(new DOMException('stolen', 'AbortError')) };
    });
    const mine = this.#holder;
    try {
      return await Promise.race([work({}), stolen]);
    } finally {
      if (this.#holder === mine) {
        this.#holder = null;
        this.#queue.shift()?.();
      }
    }
  }
}
