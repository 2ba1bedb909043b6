import { describe, expect, it } from 'vitest';
import { parseChallenge } from '../../src/core/challenge.ts';
import { registrationChallenge, signInChallenge } from '../../src/identity-provider/challenges.ts';
import type { Account } from '../../src/identity-provider/store.ts';
import { random } from './test-provider.ts';

const account: Account = {
  id: 'AAAAAAAAAAAAAAAAAAAAAA',
  email: 'ana@example.org',
  passwordHash: '',
  createdAt: 0,
  blockedAt: 0,
  strangersBlockedAt: 0,
};

describe('challenges', () => {
  it('are what core takes for one', () => {
    for (let round = 0; round < 200; round++) {
      const challenge = signInChallenge(random, account);
      expect(parseChallenge(challenge)).toEqual(challenge);
    }
    const typed = signInChallenge(random, account, true);
    expect(parseChallenge(typed)).toEqual(typed);
    expect(typed.choices).toEqual([]);
    const challenge = registrationChallenge(random, account);
    expect(parseChallenge(challenge)).toEqual(challenge);
  });

  it('are never the same', () => {
    const made = Array.from({ length: 100 }, () => signInChallenge(random, account));
    expect(new Set(made.map(({ id }) => id)).size).toBe(100);
    expect(new Set(made.map(({ nonce }) => nonce)).size).toBe(100);
  });

  it('favour neither a place nor a number', () => {
    const rounds = 9_000;
    const places = [0, 0, 0];
    const numbers = new Map<string, number>();
    for (let round = 0; round < rounds; round++) {
      const { number, choices } = signInChallenge(random, account);
      const place = choices.indexOf(number);
      places[place] = (places[place] ?? 0) + 1;
      numbers.set(number, (numbers.get(number) ?? 0) + 1);
    }
    // Six standard deviations: 268 for a place, 60 for a number.
    for (const count of places) expect(Math.abs(count - rounds / 3)).toBeLessThan(270);
    expect(numbers.size).toBe(90);
    for (const count of numbers.values()) expect(Math.abs(count - rounds / 90)).toBeLessThan(62);
  });
});
