import { expect, it } from 'vitest';
import { createPasswords } from '../../src/identity-provider/passwords.ts';
import { policy } from '../../src/identity-provider/policy.ts';
import { cheap, password, random } from './test-provider.ts';

it('are hashed so many at once and no more, and again once some are done', async () => {
  const passwords = await createPasswords(random, cheap);
  const stored = await passwords.hash(password);
  const tried = Array.from({ length: policy.hashings + 1 }, () => passwords.matches(stored, password));
  const ends = await Promise.allSettled(tried);
  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(policy.hashings);
  expect(ends.at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'too-many-requests' } });
  expect(await passwords.matches(stored, password)).toBe(true);
  expect(await passwords.matches(null, password)).toBe(false);
});
