import { expect, it } from 'vitest';
import { takeLink } from '../../src/phone/take-link.ts';

it.each([
  ['https://relay.example/pair#AbC', 'https://relay.example/pair#AbC', ['/']],
  ['https://relay.example/#AbC', 'https://relay.example/#AbC', ['/']],
  ['https://relay.example/pair', null, ['/']],
  ['https://relay.example/', null, []],
])('takes the link out of %s', (address, link, replaced) => {
  const urls: unknown[] = [];
  const taken = takeLink(new URL(address), { replaceState: (_, __, url) => void urls.push(url) });
  expect(taken).toBe(link);
  expect(urls).toEqual(replaced);
});
