import { readdirSync } from 'node:fs';
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
  const chunks = output.filter((file) => file.type === 'chunk');
  const page = output.find(({ fileName }) => fileName === 'index.html');
  const first = new Set(
    chunks
      .map(({ fileName }) => fileName)
      .filter((name) => String(page && 'source' in page && page.source).includes(name)),
  );
  expect(first.size).toBe(1);
  for (const name of first) {
    for (const imported of chunks.find(({ fileName }) => fileName === name)?.imports ?? []) first.add(imported);
  }
  const code = chunks.filter(({ fileName }) => first.has(fileName));
  const languages = chunks.filter(({ facadeModuleId }) => facadeModuleId?.endsWith('messages.json'));
  expect(languages).toHaveLength(readdirSync('public/_locales').length);
  const size = (of: typeof chunks) => of.map((chunk) => gzipSync(chunk.code).length);
  const sum = size(code).reduce((before, one) => before + one, 0);
  expect(sum + Math.max(...size(languages))).toBeLessThanOrEqual(mostBytes);
  // Their texts are not there yet when it is shown.
  expect(
    code.flatMap(
      (chunk) =>
        chunk.code.match(
          /phone_(?:(?:accounts|browsers|history|mend|news|scan)_\w+|(?:digits|pairing|no_registration|wrong_origin)\b)/g,
        ) ?? [],
    ),
  ).toEqual([]);
}, 60_000);
