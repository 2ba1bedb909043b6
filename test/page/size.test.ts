import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { describe, expect, it } from 'vitest';

const entry = fileURLToPath(new URL('../../src/page/tandem.ts', import.meta.url));

describe('the page module', () => {
  it('is under 2 kB gzipped', async () => {
    const built = await build({
      configFile: false,
      publicDir: false,
      logLevel: 'silent',
      build: { write: false, target: 'es2022', lib: { entry, formats: ['es'], fileName: 'tandem' } },
    });
    const [output] = [built].flat();
    if (!output || !('output' in output)) throw new TypeError('nothing was built');
    const code = output.output.map((file) => (file.type === 'chunk' ? file.code : '')).join('');
    expect(output.output).toHaveLength(1);
    expect(code).toContain('requestNumberMatch');
    expect(gzipSync(code).length).toBeLessThan(2_000);
  });

  it('takes nothing but types from elsewhere', () => {
    const imports = readFileSync(entry, 'utf8').match(/^import .*/gm) ?? [];
    expect(imports.filter((line) => !line.startsWith('import type '))).toEqual([]);
  });
});
