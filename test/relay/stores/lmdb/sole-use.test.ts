import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
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

it('says at once which directory can never be made, and makes one by a relative path', async () => {
  const above = await mkdtemp(join(tmpdir(), 'tandem-relay-'));
  await writeFile(join(above, 'file'), '');
  await symlink('loop', join(above, 'loop'));
  await symlink('nowhere', join(above, 'dangling'));
  for (const [directory, code] of [
    // Only Linux has it with this code.
    ['/proc/nope', process.platform === 'linux' ? 'ENOENT' : expect.any(String)],
    [join(above, 'file'), 'EEXIST'],
    [join(above, 'file', 'below'), 'ENOTDIR'],
    [join(above, 'loop'), 'ELOOP'],
    [join(above, 'dangling'), 'EEXIST'],
    [join(above, 'a\0b'), 'ERR_INVALID_ARG_VALUE'],
  ] as const) {
    await expect(soleUse(directory)).rejects.toMatchObject({ code });
  }
  expect((await readdir(above)).sort()).toEqual(['dangling', 'file', 'loop']);
  const release = await soleUse(relative('.', join(above, 'one', 'below')));
  expect(await readdir(join(above, 'one', 'below'))).toEqual(['in-use']);
  await release();
  await rm(above, { recursive: true });
});
