import { join } from 'node:path';
import { type Database, open } from 'lmdb';
import type { LogEntry } from './api-contract.ts';
import { makeDirectory } from './make-directory.ts';
import { policy } from './policy.ts';
import type { Account, PendingRequest, Phone, Session, Store } from './store.ts';
import { sameHash } from './tokens.ts';

/** When a key of `sessions` or `requests` may go. */
type Expiry = [at: number, table: 'sessions' | 'requests', key: string];

/**
 * The store in one LMDB file below `directory`, which is made when it is missing (docs/decisions/0003). One process at a
 * time writes in one transaction at a time, so what a transaction reads cannot change before it writes. Throws what Node or LMDB throws.
 */
export function openLmdbStore(directory: string): Store {
  makeDirectory(directory);
  const root = open({ path: join(directory, 'identity-provider.mdb'), maxDbs: 9 });
  const accounts: Database<Account, string> = root.openDB({ name: 'accounts' });
  const emails: Database<string, string> = root.openDB({ name: 'emails' });
  const browsers: Database<string[], string> = root.openDB({ name: 'browsers' });
  const phones: Database<Phone[], string> = root.openDB({ name: 'phones' });
  const credentials: Database<string, string> = root.openDB({ name: 'credentials' });
  const sessions: Database<Session, string> = root.openDB({ name: 'sessions' });
  const requests: Database<PendingRequest, string> = root.openDB({ name: 'requests' });
  const logs: Database<LogEntry[], string> = root.openDB({ name: 'logs' });
  const expiries: Database<true, Expiry> = root.openDB({ name: 'expiries' });
  const tables = { sessions, requests };

  return {
    createAccount: (account) =>
      root.transaction(() => {
        if (emails.doesExist(account.email)) return false;
        emails.put(account.email, account.id);
        accounts.put(account.id, account);
        return true;
      }),
    account: async (id) => accounts.get(id) ?? null,
    async accountByEmail(email) {
      const id = emails.get(email);
      return id === undefined ? null : (accounts.get(id) ?? null);
    },
    setBlocked: (accountId, blocked) =>
      root.transaction(() => {
        const account = accounts.get(accountId);
        if (account) accounts.put(accountId, { ...account, ...blocked });
      }),

    rememberBrowser: (accountId, browser) =>
      root.transaction(() => {
        const others = (browsers.get(accountId) ?? []).filter((known) => !sameHash(known, browser));
        browsers.put(accountId, [browser, ...others].slice(0, policy.knownBrowsers));
      }),
    knowsBrowser: async (accountId, browser) =>
      (browsers.get(accountId) ?? []).some((known) => sameHash(known, browser)),

    addPhone: (phone) =>
      root.transaction(() => {
        if (credentials.doesExist(phone.credentialId)) return false;
        credentials.put(phone.credentialId, phone.accountId);
        phones.put(phone.accountId, [...(phones.get(phone.accountId) ?? []), phone]);
        return true;
      }),
    phones: async (accountId) => phones.get(accountId) ?? [],
    usePhone: (accountId, credentialId, counter, at) =>
      root.transaction(() => {
        const all = phones.get(accountId) ?? [];
        const used = all.find((phone) => phone.credentialId === credentialId);
        if (!used || ((counter > 0 || used.counter > 0) && counter <= used.counter)) return false;
        phones.put(
          accountId,
          all.map((phone) => (phone === used ? { ...used, counter, lastUsedAt: at } : phone)),
        );
        return true;
      }),
    removePhone: (accountId, credentialId) =>
      root.transaction(() => {
        const all = phones.get(accountId) ?? [];
        const rest = all.filter((phone) => phone.credentialId !== credentialId);
        if (rest.length === all.length) return false;
        credentials.remove(credentialId);
        phones.put(accountId, rest);
        return true;
      }),

    putSession: (key, session) =>
      root.transaction(() => {
        sessions.put(key, session);
        expiries.put([session.expiresAt, 'sessions', key], true);
      }),
    session: async (key) => sessions.get(key) ?? null,
    async removeSession(key) {
      await sessions.remove(key);
    },

    putRequest: (request, forgetAt) =>
      root.transaction(() => {
        requests.put(request.challenge.id, request);
        expiries.put([forgetAt, 'requests', request.challenge.id], true);
      }),
    consumeRequest: (id, type, holder) =>
      root.transaction(() => {
        const request = requests.get(id);
        if (!request || request.challenge.type !== type || !sameHash(request.holder, holder)) return 'unknown-request';
        if (request.consumed) return 'request-consumed';
        requests.put(id, { ...request, consumed: true });
        return request;
      }),

    log: (accountId, entry) =>
      root.transaction(() => {
        logs.put(accountId, [entry, ...(logs.get(accountId) ?? [])].slice(0, policy.logEntries));
      }),
    recentLog: async (accountId) => logs.get(accountId) ?? [],

    sweep: (now) =>
      root.transaction(() => {
        for (const expiry of [...expiries.getKeys({ end: [now, 'requests', ''] })]) {
          const [, table, key] = expiry;
          tables[table].remove(key);
          expiries.remove(expiry);
        }
      }),
    close: () => root.close(),
  };
}
