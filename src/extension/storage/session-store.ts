import type { Storage } from 'webextension-polyfill';

/**
 * What must survive the worker but not the browser: JSON values by key in `storage.session`, which lies in memory and
 * is closed to content scripts. `prefix` keeps one owner's keys from another's.
 */
export class SessionStore {
  readonly #area: Pick<Storage.StorageArea, 'get' | 'set' | 'remove'>;
  readonly #prefix: string;

  constructor(area: Pick<Storage.StorageArea, 'get' | 'set' | 'remove'>, prefix: string) {
    this.#area = area;
    this.#prefix = prefix;
  }

  /** Every value whose key begins with `prefix`, its key without the owner's. */
  async entries(prefix: string): Promise<[key: string, value: unknown][]> {
    const all = Object.entries(await this.#area.get(null));
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
