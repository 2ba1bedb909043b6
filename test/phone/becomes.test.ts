import { signal } from '@preact/signals';
import { expect, it, vi } from 'vitest';
import { becomes } from '../../src/phone/becomes.ts';

it('resolves once it holds, and leaves nothing behind with who may give it up', async () => {
  const { signal: givenUp } = new AbortController();
  const listens = { add: vi.spyOn(givenUp, 'addEventListener'), remove: vi.spyOn(givenUp, 'removeEventListener') };
  const value = signal(0);
  const becameTwo = becomes(() => value.value === 2, givenUp);
  value.value = 2;
  await becameTwo;
  await becomes(() => value.value === 2, givenUp);
  await Promise.resolve();
  expect(listens.add).toHaveBeenCalledTimes(2);
  expect(listens.remove.mock.calls).toEqual(listens.add.mock.calls);
});

it('looks no more once it was given up', () => {
  const ending = new AbortController();
  const value = signal(0);
  const holds = vi.fn(() => value.value === 2);
  void becomes(holds, ending.signal);
  ending.abort();
  value.value = 1;
  expect(holds).toHaveBeenCalledOnce();
});
