/** Does one step after the other, saying each as it is done and how long it took; a failed step names itself. */
export class Steps {
  readonly #say: (line: string) => void;
  readonly #now: () => number;
  readonly #startedAt: number;
  #count = 0;

  /** `now`: ms of a clock that only goes forward. */
  constructor(say: (line: string) => void, now: () => number) {
    this.#say = say;
    this.#now = now;
    this.#startedAt = now();
  }

  async do<T>(name: string, step: () => Promise<T>): Promise<T> {
    const from = this.#now();
    this.#count += 1;
    try {
      const result = await step();
      this.#say(`${String(this.#count).padStart(3)}. ${name}  ${seconds(this.#now() - from)}`);
      return result;
    } catch (cause) {
      throw new Error(
        `step ${this.#count} failed: ${name}: ${cause instanceof Error ? cause.message : String(cause)}`,
        { cause },
      );
    }
  }

  /** Since the first step, as text. */
  get total(): string {
    return seconds(this.#now() - this.#startedAt);
  }
}

function seconds(ms: number): string {
  return `(${(ms / 1000).toFixed(2)} s)`;
}
