import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { describe, expect, it } from 'vitest';
import manifest from '../../manifest.json' with { type: 'json' };
import { providers } from '../../src/providers/registry.ts';

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

describe('the manifest', () => {
  it('asks for no host before the person has named it, and for no more than it needs', () => {
    expect(manifest.permissions).toEqual(['activeTab', 'alarms', 'scripting', 'storage']);
    expect(manifest.optional_host_permissions).toEqual(['https://*/*']);
    expect(Object.keys(manifest).filter((key) => /host_permissions|optional|externally|accessible/.test(key))).toEqual([
      'optional_host_permissions',
    ]);
  });

  it('puts its one content script into this computer’s own pages and those of providers, there into frames too', () => {
    const [own, watched, ...others] = manifest.content_scripts;
    expect(others).toEqual([]);
    expect(own).toEqual({ matches: ['http://localhost/*'], js: watched?.js, run_at: 'document_start' });
    expect(watched).toMatchObject({ run_at: 'document_start', all_frames: true });
    expect(watched?.matches).toEqual([...new Set(providers.flatMap(({ matches }) => matches))].sort());
  });

  it('lets extension pages run no script and load no style but their own', () => {
    const policy = manifest.content_security_policy.extension_pages;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toMatch(/unsafe|data:|\*(?!;| )[^:]/);
  });

  it('has the version of the package', () => {
    expect(manifest.version).toBe(JSON.parse(readFileSync(at('package.json'), 'utf8')).version);
  });

  it('has icons of the sizes that it says', () => {
    for (const [size, path] of Object.entries(manifest.icons)) {
      const png = readFileSync(at(`public/${path}`));
      expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([Number(size), Number(size)]);
    }
    expect(existsSync(at('public/icons/tandem.svg'))).toBe(true);
  });
});

/** Bytes after gzip of everything that an entry loads. */
async function gzipped(entry: string): Promise<number> {
  const built = await build({
    configFile: false,
    publicDir: false,
    logLevel: 'silent',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: { write: false, target: 'es2022', modulePreload: false, rollupOptions: { input: at(entry) } },
  });
  const [output] = [built].flat();
  if (!output || !('output' in output)) throw new TypeError('nothing was built');
  const contents = output.output.map((file) => (file.type === 'chunk' ? file.code : file.source));
  return contents.reduce((sum, content) => sum + gzipSync(content).length, 0);
}

describe('what is loaded, gzipped', () => {
  it('into a page is under 12 kB', async () => {
    expect(await gzipped('src/extension/content/main.iife.ts')).toBeLessThan(12_000);
  });

  it('by the popup is under 30 kB', async () => {
    expect(await gzipped('src/extension/popup/index.html')).toBeLessThan(30_000);
  });
});
