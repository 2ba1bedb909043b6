import { expect, it } from 'vitest';
import { importsOf } from '../house/imports.ts';

/** What a script has loaded before it runs; what it imports while it runs (`import()`) is not of it. */
function loadedWith(file: string, seen = new Set<string>()): Set<string> {
  for (const { specifier, file: imported, typeOnly, dynamic } of importsOf(file)) {
    if (typeOnly || dynamic || seen.has(imported ?? specifier)) continue;
    seen.add(imported ?? specifier);
    if (imported) loadedWith(imported, seen);
  }
  return seen;
}

it('the relay starts with no Redis client loaded', () => {
  const loaded = loadedWith('src/relay/main.ts');
  expect(loaded).toContain('src/relay/stores/lmdb.ts');
  expect(loaded).not.toContain('ioredis');
  expect(loadedWith('src/relay/stores/redis.ts')).toContain('ioredis');
});
