import type { Storage } from 'webextension-polyfill';

type Area = Pick<Storage.StorageArea, 'get' | 'set' | 'remove'>;

/**
 * What must survive the worker but not the browser: JSON values by key in `storage.session`, which lies in memory and
 * is closed to content scripts. `prefix` keeps one owner's keys from another's.
 */
export class SessionStore {
  readonly #area: Area;
  readonly #left: Promise<Record<string, unknown>>;
  readonly #prefix: string;

  private constructor(area: Area, left: Promise<Record<string, unknown>>, prefix: string) {
    this.#area = area;
    this.#left = left;
    this.#prefix = prefix;
  }

  /** A store for each owner's prefix, over one reading of what the worker before left. */
  static over(area: Area): (prefix: string) => SessionStore {
    const left = area.get(null);
    return (prefix) => new SessionStore(area, left, prefix);
  }

  /** Every value that the worker before left, whose key begins with `prefix`; its key without the owner's. */
  async entries(prefix: string): Promise<[key: string, value: unknown][]> {
    const all = Object.entries(await this.#left);
    const wanted = this.#prefix + prefix;
    return all
      .filter(([key]) => key.startsWith(wanted))
      .map(([key, value]) => [key.slice(this.#prefix.length), value] as [string, unknown]);
  }

  /** All or nothing. */
  set(values: Record<string, unknown>): Promise<void> {
    return this.#area.set(
      Object.fromEntries(Object.entries(values).map(([key, value]) => [this.#prefix + key, value])),
    );
  }

  remove(keys: string[]): Promise<void> {
    return this.#area.remove(keys.map((key) => this.#prefix + key));
  }
}
