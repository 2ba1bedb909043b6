import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import manifest from '../../manifest.json' with { type: 'json' };
import { isHome } from '../../src/providers/host.ts';
import { providerOf, providers } from '../../src/providers/registry.ts';
import served from '../fixtures/look-alikes/served.json' with { type: 'json' };
import { readPages } from '../fixtures/page.ts';

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const adapters = readdirSync(at('src/providers')).filter(
  (file) => file.endsWith('.ts') && /: Provider = \{/.test(readFileSync(at(`src/providers/${file}`), 'utf8')),
);
const fixtures = readPages('providers');
const decoys = readPages('decoys');
const documented = readFileSync(at('docs/providers.md'), 'utf8');

/** Hosts that a fixture or decoy stands on because an organisation would. */
const granted = [...fixtures, ...decoys].map(({ url }) => new URL(url).hostname);

describe('every adapter', () => {
  it.each(adapters)('%s is registered under its file’s name', (file) => {
    expect(providerOf(file.replace('.ts', ''))).not.toBeNull();
  });

  it('is registered once', () => {
    expect(providers.map(({ id }) => id).sort()).toEqual(adapters.map((file) => file.replace('.ts', '')).sort());
  });
});

describe.each(providers)('$id', (provider) => {
  it('has a fixture where it is at home', () => {
    const fixture = fixtures.find(({ name }) => name === provider.id);
    expect(fixture && isHome(provider, { url: fixture.url, top: true }, granted)).toBe(true);
  });

  it('has a decoy where it is at home', () => {
    expect(decoys.some(({ url }) => isHome(provider, { url, top: true }, granted))).toBe(true);
  });

  it('has a row in the documentation', () => {
    expect(documented).toContain(`| \`${provider.id}\` |`);
  });

  it('has a match for each of its hosts', () => {
    const { exact = [], suffix = [], custom } = provider.hosts;
    const wanted = [...exact.map((host) => `https://${host}/`), ...suffix.map((domain) => `https://*.${domain}/`)];
    expect(wanted.filter((start) => !provider.matches.some((match) => match.startsWith(start)))).toEqual([]);
    expect(provider.matches.filter((match) => !wanted.some((start) => match.startsWith(start)))).toEqual([]);
    expect(wanted.length > 0 || custom === true).toBe(true);
  });

  it('is watched by the extension on each of its hosts, and can be allowed on others', () => {
    const { exact = [], suffix = [], custom } = provider.hosts;
    const patterns = manifest.content_scripts.flatMap(({ matches }) => matches);
    const hosts = new Set(patterns.map((pattern) => /^https:\/\/([^/]+)\//.exec(pattern)?.[1]));
    const wanted = [...exact, ...suffix.map((domain) => `*.${domain}`)];
    expect(wanted.filter((host) => !hosts.has(host))).toEqual([]);
    expect(custom !== true || manifest.optional_host_permissions.includes('https://*/*')).toBe(true);
  });

  it('has forms and paths that remember nothing between two looks', () => {
    const { approvedPath, deniedPath } = provider.states;
    const patterns = [provider.number.form, provider.account.form, provider.path, approvedPath, deniedPath];
    expect(patterns.filter((pattern) => pattern && (pattern.global || pattern.sticky))).toEqual([]);
  });
});

describe('the manifest', () => {
  it('has the extension on no host that no provider has, but this computer’s own', () => {
    const owned = providers.flatMap(({ matches }) => matches);
    const watched = manifest.content_scripts.flatMap(({ matches }) => matches);
    expect(watched.filter((pattern) => !owned.includes(pattern))).toEqual(['http://localhost/*']);
    expect(owned.filter((pattern) => !watched.includes(pattern))).toEqual([]);
  });
});

describe('the fixtures', () => {
  it('are enough', () => {
    expect(decoys.length).toBeGreaterThanOrEqual(40);
    expect(served.length).toBeGreaterThanOrEqual(15);
  });

  it('say where they are served', () => {
    expect([...decoys, ...fixtures].filter(({ url }) => !URL.canParse(url)).map(({ name }) => name)).toEqual([]);
  });
});
