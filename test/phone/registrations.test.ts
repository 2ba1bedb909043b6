import 'fake-indexeddb/auto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { base64url } from '../../src/core/bytes.ts';
import type { Answer, NativeRequest } from '../../src/core/messages.ts';
import { afterOutcome, Registrations, unconfirmed } from '../../src/phone/registrations.ts';
import { type Registration, registrationRecord } from '../../src/phone/storage/registration.ts';
import { Vault } from '../../src/vault/vault.ts';

const at = { origin: 'https://login.example', account: 'ada@login.example', site: 'Example' };
const ada: Registration = { ...at, credentialId: base64url(new Uint8Array(16)), transports: [], registeredAt: 1 };
const elsewhere: Registration = { ...ada, origin: 'https://other.example', registeredAt: 2 };
const approve = { decision: 'approve' } as Answer;

describe('the registrations of a phone', () => {
  let vault: Vault;
  let registrations: Registrations;

  beforeEach(async () => {
    vault = await Vault.open('registrations');
    await vault.set({ ...registrationRecord(ada), ...registrationRecord(elsewhere) });
    registrations = new Registrations(vault);
    await registrations.load();
  });
  afterEach(() => vault.close());

  it('are found at their own origin alone, and kept but once', () => {
    expect(registrations.find({ ...at, origin: 'https://third.example' })).toBeUndefined();
    registrations.keep({ ...ada, lastUsedAt: 5 });
    expect(registrations.all.value).toEqual([elsewhere, { ...ada, lastUsedAt: 5 }]);
  });

  it('are forgotten one by one, for good, and one that there is not without a word', async () => {
    await registrations.remove(at);
    await registrations.remove(at);
    await registrations.load();
    expect(registrations.all.value).toEqual([elsewhere]);
  });
});

describe('what an outcome says about a registration', () => {
  const doubted = unconfirmed(unconfirmed({ ...ada, refusedBy: 'approval-invalid' }));

  it('clears all doubt where the provider took the key', () => {
    expect(doubted.unconfirmed).toBe(2);
    expect(afterOutcome(doubted, at as NativeRequest, approve, { type: 'approved' }, 7)).toEqual({
      ...ada,
      lastUsedAt: 7,
    });
  });

  it('is that it needs repair where the provider refused the key, and nothing where something else failed', () => {
    const refused = afterOutcome(ada, at as NativeRequest, approve, { type: 'failed', code: 'approval-invalid' }, 7);
    expect(refused).toEqual({ ...ada, refusedBy: 'approval-invalid' });
    expect(
      afterOutcome(ada, at as NativeRequest, approve, { type: 'failed', code: 'relay-timeout' }, 7),
    ).toBeUndefined();
    expect(afterOutcome(undefined, at as NativeRequest, approve, { type: 'approved' }, 7)).toBeUndefined();
  });
});
