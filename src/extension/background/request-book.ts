import { orNull } from '../../core/or-null.ts';
import { advance, deadline, isEnded, type RequestEvent } from '../../core/request.ts';
import type { PostStore } from '../../relay-client/post.ts';
import type { Clock } from '../../relay-client/socket.ts';
import { type Challenged, endedAt, type Held, parseHeld } from './held-request.ts';

/** How long an end stays to be seen, ms. */
const endShownMs = 60_000;

export interface RequestBookOptions {
  store: PostStore;
  clock: Pick<Clock, 'now'>;
  /** A request began, or its life went on: whoever it matters to is told, and what is to be seen has changed. */
  moved: (held: Held, isNew: boolean) => void;
  /** What is to be seen has changed, and no life. */
  changed: () => void;
  /** Takes why a change could not be stored: it holds all the same, for as long as this worker lives. */
  report: (thrown: unknown) => void;
}

/**
 * Every request in flight, and those that ended a moment ago. Each change is put in `storage.session`, so that it goes on when
 * the worker is ended.
 */
export class RequestBook {
  readonly #options: RequestBookOptions;
  readonly #all = new Map<string, Held>();

  constructor(options: RequestBookOptions) {
    this.#options = options;
  }

  /** Takes up what the worker before left. What cannot be read is dropped. */
  async restore(): Promise<void> {
    const { store } = this.#options;
    for (const [key, value] of await store.entries('')) {
      const read = orNull(() => parseHeld(value, key));
      if (read) this.#all.set(key, read);
      else await store.remove([key]);
    }
  }

  get all(): Held[] {
    return [...this.#all.values()];
  }

  /** Oldest first. */
  get open(): Held[] {
    return this.all.filter(({ life }) => !isEnded(life)).sort(byAge);
  }

  /** The person has not seen how these ended. */
  get unseenEnds(): Held[] {
    return this.all.filter((held) => isEnded(held.life) && !held.isSeen);
  }

  /** When something is over next, each in ms since 1970. */
  get deadlines(): number[] {
    return this.all.map((held) => {
      const ended = endedAt(held);
      return ended === null ? deadline(held.life) : ended + endShownMs;
    });
  }

  find(id: string): Held | undefined {
    return this.#all.get(id);
  }

  /** `more` is taken over when the event counts. Nothing is awaited between reading what is held and replacing it. */
  async change(id: string, event: RequestEvent, more: Partial<Challenged> = {}): Promise<void> {
    const held = this.#all.get(id);
    if (!held) return;
    const life = advance(held.life, event, this.#options.clock.now());
    if (life !== held.life) await this.replace({ ...held, ...more, life } as Held);
  }

  /** Resolves once it is stored, or could not be. */
  async replace(held: Held): Promise<void> {
    const { store, moved, changed, report } = this.#options;
    const before = this.#all.get(held.id);
    this.#all.set(held.id, held);
    const saved = store.set({ [held.id]: held }).catch(report);
    if (before?.life === held.life) changed();
    else moved(held, before === undefined);
    await saved;
  }

  /** Forgets ends that could be seen for long enough, by a clock that may have been set back. */
  async forgetPast(): Promise<void> {
    const { store, clock, changed } = this.#options;
    const now = clock.now();
    const past = [...this.#all]
      .filter(([, held]) => Math.abs(now - (endedAt(held) ?? now)) >= endShownMs)
      .map(([id]) => id);
    if (past.length === 0) return;
    for (const id of past) this.#all.delete(id);
    const removed = store.remove(past);
    changed();
    await removed;
  }
}

function byAge(left: Held, right: Held): number {
  return (left.life.reachedAt.detected ?? 0) - (right.life.reachedAt.detected ?? 0);
}
