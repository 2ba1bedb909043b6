import { expect, it } from 'vitest';
import manifest from '../../../manifest.json' with { type: 'json' };
import { withheldSites } from '../../../src/extension/background/site-access.ts';

const wanted = manifest.content_scripts.flatMap(({ matches }) => matches);
const asFirefoxTells = wanted.map((pattern) => pattern.replace('/frame/*', '/*'));
const allowing = (...origins: string[]) => ({ getAll: async () => ({ origins, permissions: [] }) });

it.each([
  ['with their paths', wanted],
  ['without', asFirefoxTells],
  ['as every page there is', ['<all_urls>']],
  ['as every page of a scheme', ['http://localhost/*', 'https://*/*']],
])('no page is withheld that the browser allows: %s', async (_, origins) => {
  expect(await withheldSites(allowing(...origins), wanted)).toEqual([]);
});

it('pages that the person has taken back are withheld, as the browser is to be asked for them', async () => {
  const kept = asFirefoxTells.filter((pattern) => !/localhost|duosecurity|github/.test(pattern));
  expect(await withheldSites(allowing(...kept, 'https://id.fabrikam.example/*'), wanted)).toEqual([
    'http://localhost/*',
    'https://*.duosecurity.com/*',
    'https://github.com/*',
  ]);
});
