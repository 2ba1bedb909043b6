import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { soleUse } from '../../../../src/relay/stores/lmdb/sole-use.ts';

it('refuses a directory whose socket would have a path that is cut off, and so be another directory’s too', async () => {
  const above = await mkdtemp(join(tmpdir(), 'tandem-relay-'));
  const directory = join(above, 'x'.repeat(103 - above.length));
  await expect(soleUse(directory)).rejects.toThrow(`${directory} is too long`);
  expect(await readdir(above)).toEqual([]);
  const release = await soleUse(join(above, 'x'.repeat(103 - above.length - '//in-use'.length)));
  await release();
  await rm(above, { recursive: true });
});
