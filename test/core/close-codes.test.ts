import { expect, it } from 'vitest';
import { askedWaitMs, closeReasons, mayRetry } from '../../src/core/close-codes.ts';

it('every close code is our own or the one for restarts, and none has two meanings', () => {
  const codes = Object.values(closeReasons).map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
  for (const code of codes) expect(code === 1012 || (code >= 4000 && code < 5000)).toBe(true);
});

it('a client connects again unless the relay says that it is of no use', () => {
  for (const { code, client } of Object.values(closeReasons)) expect(mayRetry(code)).toBe(client === 'retries');
  for (const code of [1000, 1001, 1006, 1011, 4999]) expect(mayRetry(code)).toBe(true);
});

it('a client waits as long as the reason says in digits, or else as the code means', () => {
  expect(askedWaitMs(1012, '1700')).toBe(1_700);
  expect(askedWaitMs(1012, '')).toBe(1_000);
  expect(askedWaitMs(4003, 'soon')).toBe(10_000);
  for (const reason of ['1e9', '-1', '9999999', '1 ']) expect(askedWaitMs(1006, reason)).toBeNull();
});
