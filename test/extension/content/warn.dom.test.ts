import { afterEach, expect, it } from 'vitest';
import { warnOf } from '../../../src/extension/content/warn.ts';

const stranger = { type: 'stranger', provider: 'entra-mfa' } as const;
const getMessage = (key: string, of = '') => `${key} ${of}`.trim();
const pageAt = (href: string) => ({ document, location: { href }, top: window, self: window }) as unknown as Window;
const { signal } = new AbortController();
const added = () => [...document.documentElement.children].filter(({ tagName }) => tagName === 'DIV');

afterEach(() => {
  for (const banner of added()) banner.remove();
});

it('a look-alike is warned of over the page, out of the page’s reach', () => {
  warnOf(stranger, pageAt('https://evil.example/'), getMessage, signal);
  expect(added()).toHaveLength(1);
  expect(added()[0]?.shadowRoot).toBeNull();
  expect(document.body.textContent).toBe('');
});

it('the warning goes when its script ends', () => {
  const script = new AbortController();
  warnOf(stranger, pageAt('https://evil.example/'), getMessage, script.signal);
  script.abort();
  expect(added()).toEqual([]);
});

it.each([
  ['a number', { ...stranger, type: 'left', by: 'page' } as const, 'https://evil.example/'],
  ['a page that may be right', { ...stranger, provider: 'okta-v3' } as const, 'https://id.fabrikam.example/'],
  ['a provider at home', stranger, 'https://login.microsoftonline.com/'],
])('%s is not', (_, sighting, url) => {
  warnOf(sighting, pageAt(url), getMessage, signal);
  expect(added()).toEqual([]);
});
