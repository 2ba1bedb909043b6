/** Something that gathers what it has to do in a turn of the event loop. */
export interface Gathering {
  flush(): void;
}

/** Calls each that has gathered something at the end of the event loop's turn, once. */
export class TurnEnd {
  #waiting: Gathering[] = [];

  add(gathering: Gathering): void {
    if (this.#waiting.push(gathering) === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const gathering of waiting) gathering.flush();
  }
}
