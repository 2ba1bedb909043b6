import { gzipSync } from 'node:zlib';
import { build, loadConfigFromFile, mergeConfig, type Rolldown } from 'vite';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

/** What a phone loads before it shows anything, bytes gzipped. */
const mostBytes = 60_000;

// Else it is built for debugging, with the place in the source of every element.
beforeEach(() => vi.stubEnv('NODE_ENV', 'production'));
afterEach(() => vi.unstubAllEnvs());

it('is loaded in less than 60 kB of JavaScript, in whatever language', async () => {
  const loaded = await loadConfigFromFile({ command: 'build', mode: 'phone' });
  const built = await build(
    mergeConfig(loaded?.config ?? {}, {
      mode: 'phone',
      logLevel: 'silent',
      configFile: false,
      build: { write: false },
    }),
  );
  const { output } = built as Rolldown.RolldownOutput;
  const sizes = output.flatMap((file) => (file.type === 'chunk' ? [{ file, size: gzipSync(file.code).length }] : []));
  const entry = sizes.filter(({ file }) => file.isEntry).reduce((sum, { size }) => sum + size, 0);
  const language = Math.max(...sizes.filter(({ file }) => !file.isEntry).map(({ size }) => size));
  expect(entry).toBeGreaterThan(0);
  expect(entry + language).toBeLessThanOrEqual(mostBytes);
}, 60_000);
