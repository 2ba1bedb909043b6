import { describe, expect, it } from 'vitest';
import { addressFor, takeOpenedFor } from '../../src/phone/opened-for.ts';

describe('what the app was opened for', () => {
  const taken = (address: string) => {
    const { pathname, search } = new URL(address, 'https://relay.example');
    const left: unknown[] = [];
    const of = takeOpenedFor({ pathname, search }, { replaceState: (...of) => void left.push(of.at(-1)) });
    return { of, left };
  };

  it('is in its address, from which it is taken', () => {
    const of = { wanted: 'a:b', pairing: 'a' };
    expect(taken(addressFor(of))).toEqual({ of, left: ['/'] });
    expect(taken('/')).toEqual({ of: {}, left: [] });
  });

  it('is nothing where it cannot be read, and the app opens all the same', () => {
    expect(taken(`/?wanted=${'a'.repeat(65)}`)).toEqual({ of: {}, left: ['/'] });
  });
});
