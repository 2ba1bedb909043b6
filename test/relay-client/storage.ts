import type { PostStore } from '../../src/relay-client/post.ts';

/** Storage that outlives its Post, and that can be made to fail. */
export class Storage implements PostStore {
  readonly values = new Map<string, string>();
  fails = false;

  /** In the order of their names, as IndexedDB has it. */
  async entries(prefix: string): Promise<[string, unknown][]> {
    return [...this.values]
      .sort()
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key, JSON.parse(value)]);
  }

  async set(values: Record<string, unknown>): Promise<void> {
    if (this.fails) throw new Error('disk full');
    for (const [key, value] of Object.entries(values)) this.values.set(key, JSON.stringify(value));
  }

  async remove(keys: string[]): Promise<void> {
    for (const key of keys) this.values.delete(key);
  }
}
