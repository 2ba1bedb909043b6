import type { ExtensionMessage } from '../../core/page-protocol.ts';
import { type Held, pageMessageOf } from './held-request.ts';

/** How long a page may take to come back after this worker was ended, ms. */
const pageReturnMs = 5_000;

/** Takes what a page is to know. */
export type TellPage = (message: ExtensionMessage) => void;

/** Pages that are told how their requests go. None outlives the worker: each comes back, or its request is given up. */
export class ListeningPages {
  readonly #all = new Map<string, TellPage>();
  /** Until when pages may come back, ms; null when none is waited for. */
  #returnUntil: number | null = null;

  get returnUntil(): number | null {
    return this.#returnUntil;
  }

  /** From now on pages of requests that the worker before left are waited for. `now`: ms since 1970. */
  await(now: number): void {
    this.#returnUntil = now + pageReturnMs;
  }

  /** Whether they were waited for until now: once it is so, those that are not here are not waited for any more. */
  stopAwaiting(now: number): boolean {
    const isOver = this.#returnUntil !== null && now >= this.#returnUntil;
    if (isOver) this.#returnUntil = null;
    return isOver;
  }

  /** `id`: the request's. The page that came last is the one that is told. */
  join(id: string, tell: TellPage): void {
    this.#all.set(id, tell);
  }

  has(id: string): boolean {
    return this.#all.has(id);
  }

  tell(held: Held): void {
    this.#all.get(held.id)?.(pageMessageOf(held));
  }

  /** Gives whether it was this page that was told, and none that came since. */
  leave(id: string, tell: TellPage): boolean {
    return this.#all.get(id) === tell && this.#all.delete(id);
  }

  /** Nothing more is to be told of a request. */
  forget(id: string): void {
    this.#all.delete(id);
  }
}
