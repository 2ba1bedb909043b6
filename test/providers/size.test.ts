import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { describe, expect, it } from 'vitest';

const at = (file: string) => fileURLToPath(new URL(`../../src/providers/${file}`, import.meta.url));

describe('the engine with every adapter', () => {
  it('is under 9 kB gzipped', async () => {
    const id = 'engine-entry';
    const code = `export * from ${JSON.stringify(at('watch.ts'))}; export * from ${JSON.stringify(at('press.ts'))};`;
    const built = await build({
      configFile: false,
      publicDir: false,
      logLevel: 'silent',
      plugins: [
        {
          name: 'entry',
          resolveId: (from) => (from.endsWith(id) ? id : null),
          load: (from) => (from === id ? code : null),
        },
      ],
      build: {
        write: false,
        target: 'es2022',
        lib: { entry: id, formats: ['iife'], name: 'engine', fileName: 'engine' },
      },
    });
    const [output] = [built].flat();
    const chunk = output && 'output' in output ? output.output[0] : undefined;
    expect(chunk?.type).toBe('chunk');
    expect(gzipSync(chunk?.type === 'chunk' ? chunk.code : '').length).toBeLessThan(9_000);
  });
});
