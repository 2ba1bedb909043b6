import { expect, it, vi } from 'vitest';
import manifest from '../../../manifest.json' with { type: 'json' };
import { SiteAccess } from '../../../src/extension/background/site-access.ts';

const wanted = manifest.content_scripts.flatMap(({ matches }) => matches);
const asFirefoxTells = wanted.map((pattern) => pattern.replace('/frame/*', '/*'));

/** The pages that are withheld where the browser allows no more than this. */
async function withheldWhere(...origins: string[]): Promise<readonly string[]> {
  const permissions = { getAll: async () => ({ origins, permissions: [] }) };
  const changed = vi.fn();
  const access = new SiteAccess({ permissions, wanted, changed });
  expect(access.withheld).toEqual([]);
  await access.load();
  expect(changed).toHaveBeenCalledOnce();
  return access.withheld;
}

it.each([
  ['with their paths', wanted],
  ['without', asFirefoxTells],
  ['as every page there is', ['<all_urls>']],
  ['as every page of a scheme', ['http://localhost/*', 'https://*/*']],
])('no page is withheld that the browser allows: %s', async (_, origins) => {
  expect(await withheldWhere(...origins)).toEqual([]);
});

it('pages that the person has taken back are withheld, as the browser is to be asked for them', async () => {
  const kept = asFirefoxTells.filter((pattern) => !/localhost|duosecurity|github/.test(pattern));
  expect(await withheldWhere(...kept, 'https://id.fabrikam.example/*')).toEqual([
    'http://localhost/*',
    'https://*.duosecurity.com/*',
    'https://github.com/*',
  ]);
});
