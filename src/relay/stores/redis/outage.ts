/** A Redis that is away is one matter, however many connections, tries and commands find that it is. */
export class Outage {
  readonly #say: (text: string) => void;
  #isUnderWay = false;

  /** `say` hears once that Redis is away, once that it is back, and of nothing else in between. */
  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  /** A connection ended, or was not made. */
  readonly begin = (error: unknown): void => {
    if (!this.#isUnderWay) this.#say(`Redis is gone: ${textOf(error)}`);
    this.#isUnderWay = true;
  };

  /** Something else that went wrong; while Redis is away it is the same. */
  readonly trouble = (error: unknown): void => {
    if (!this.#isUnderWay) this.#say(textOf(error));
  };

  end(): void {
    if (this.#isUnderWay) this.#say('Redis is back');
    this.#isUnderWay = false;
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
