import type { Storage } from 'webextension-polyfill';

type Area = Pick<Storage.StorageArea, 'get' | 'set' | 'remove'>;

/** A storage area as the browser has it: JSON in and out, and there after whoever used it has ended. */
export class MemoryArea implements Area {
  readonly values = new Map<string, string>();

  async get(keys?: unknown): Promise<Record<string, unknown>> {
    const wanted = typeof keys === 'string' ? [keys] : [...this.values.keys()];
    return Object.fromEntries(
      wanted.filter((key) => this.values.has(key)).map((key) => [key, JSON.parse(this.values.get(key) ?? 'null')]),
    );
  }

  async set(given: Record<string, unknown>): Promise<void> {
    for (const [key, value] of Object.entries(given)) this.values.set(key, JSON.stringify(value));
  }

  async remove(keys: string | string[]): Promise<void> {
    for (const key of [keys].flat()) this.values.delete(key);
  }
}
