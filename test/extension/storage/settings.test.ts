import { describe, expect, it } from 'vitest';
import manifest from '../../../manifest.json' with { type: 'json' };
import schema from '../../../public/managed-schema.json' with { type: 'json' };
import { SessionStore } from '../../../src/extension/storage/session-store.ts';
import { Settings } from '../../../src/extension/storage/settings.ts';
import { MemoryArea } from '../support/memory-area.ts';

const settingsOf = (area = new MemoryArea(), managed = new MemoryArea()) =>
  new Settings(area, managed, 'https://ours.example');

describe('the relay that was chosen', () => {
  it('is the build’s own until another is', async () => {
    const settings = settingsOf();
    expect(await settings.relay()).toEqual({ origin: 'https://ours.example', isDefault: true, isManaged: false });
    await settings.setRelay('http://localhost:9000');
    expect(await settings.relay()).toEqual({ origin: 'http://localhost:9000', isDefault: false, isManaged: false });
    await settings.setRelay(null);
    expect(await settings.relay()).toEqual({ origin: 'https://ours.example', isDefault: true, isManaged: false });
  });

  it.each([7, null, '', 'http://relay.example', 'javascript:alert(1)', 'https://relay.example/'])(
    'is not %j',
    async (relayOrigin) => {
      const area = new MemoryArea();
      await area.set({ relayOrigin });
      expect((await settingsOf(area).relay()).origin).toBe('https://ours.example');
    },
  );
});

describe('what an organisation has set', () => {
  it('goes before what the person chose', async () => {
    const [area, managed] = [new MemoryArea(), new MemoryArea()];
    const settings = settingsOf(area, managed);
    await settings.addHost('id.fabrikam.example');
    await settings.addHost('sso.contoso.example');
    await settings.setNumberOnPhone(true);
    await managed.set({ hosts: ['sso.contoso.example'], relay: 'https://relay.contoso.example', numberOnPhone: false });
    expect(await settings.hosts()).toEqual([
      { host: 'sso.contoso.example', isManaged: true },
      { host: 'id.fabrikam.example', isManaged: false },
    ]);
    expect(await settings.numberOnPhone()).toEqual({ is: false, isManaged: true });
    expect(await settings.relay()).toMatchObject({ origin: 'https://relay.contoso.example', isManaged: true });
  });

  it.each<[string, object, string[]]>([
    ['a host that is none', { hosts: ['sso.contoso.example', 'https://*', 7] }, ['hosts[1]', 'hosts[2]']],
    ['hosts that are no list', { hosts: 'all' }, ['hosts']],
    ['more hosts than there can be', { hosts: Array(1_001).fill('sso.contoso.example') }, ['hosts']],
    ['a relay without TLS', { relay: 'http://relay.example' }, ['relay']],
    ['a word for yes or no', { numberOnPhone: 'no' }, ['numberOnPhone']],
    ['nothing where something is to be', { numberOnPhone: null }, ['numberOnPhone']],
    ['a name that is misspelt', { realy: 'https://relay.example' }, ['realy']],
  ])('stands but for what cannot be read, which is named: %s', async (_, wrong, unread) => {
    const good = { hosts: ['sso.contoso.example'], relay: 'https://relay.contoso.example', numberOnPhone: false };
    const managed = new MemoryArea();
    await managed.set({ ...good, ...wrong });
    const settings = settingsOf(new MemoryArea(), managed);
    expect(await settings.unreadPolicy()).toEqual(unread);
    const [hosts, relay, numberOnPhone] = [
      await settings.hosts(),
      await settings.relay(),
      await settings.numberOnPhone(),
    ];
    expect(hosts).toEqual(unread.includes('hosts') ? [] : [{ host: 'sso.contoso.example', isManaged: true }]);
    expect(relay.origin).toBe(unread.includes('relay') ? 'https://ours.example' : good.relay);
    expect(numberOnPhone).toEqual({
      is: unread.includes('numberOnPhone'),
      isManaged: !unread.includes('numberOnPhone'),
    });
  });

  it('is nothing where the browser refuses', async () => {
    const managed = { get: () => Promise.reject(new Error('Managed storage manifest not found')) };
    const settings = new Settings(new MemoryArea(), managed, 'https://ours.example');
    expect(await settings.numberOnPhone()).toEqual({ is: true, isManaged: false });
    expect(await settings.unreadPolicy()).toEqual([]);
  });

  it('has a schema with these names', () => {
    expect(Object.keys(schema.properties)).toEqual(['hosts', 'relay', 'numberOnPhone']);
    expect(manifest.storage.managed_schema).toBe('managed-schema.json');
  });
});

describe('a host that is allowed', () => {
  it('is remembered once, also when popup and browser tell of it at the same time', async () => {
    const settings = settingsOf();
    await Promise.all([settings.addHost('sso.contoso.example'), settings.addHost('sso.contoso.example')]);
    await Promise.all([settings.addHost('id.fabrikam.example'), settings.removeHost('sso.contoso.example')]);
    expect(await settings.hosts()).toEqual([{ host: 'id.fabrikam.example', isManaged: false }]);
  });
});

describe('a sign-in for which the password is always wanted', () => {
  it('is remembered once, by site and account, until that is taken back', async () => {
    const settings = settingsOf();
    const one = { origin: 'https://github.com', account: 'octocat' };
    const other = { ...one, account: 'hubot' };
    await settings.addPassword(one);
    await settings.addPassword(other);
    await settings.addPassword(one);
    expect(await settings.passwords()).toEqual([other, one]);
    await settings.removePassword(one);
    expect(await settings.passwords()).toEqual([other]);
  });
});

it('one sign-in too many for which the password is wanted takes the place of the oldest, and not of all', async () => {
  const area = new MemoryArea();
  const accounts = Array.from({ length: 1_000 }, (_, at) => ({ origin: 'https://github.com', account: `a${at}` }));
  await area.set({ passwords: accounts });
  const settings = settingsOf(area);
  const last = { origin: 'https://github.com', account: 'octocat' };
  await settings.addPassword(last);
  expect(await settings.passwords()).toEqual([...accounts.slice(1), last]);
});

describe('the session store', () => {
  it('gives each owner what the worker before left, and nothing of another’s', async () => {
    const area = new MemoryArea();
    const earlier = SessionStore.over(area);
    await earlier('one:').set({ a: 1, 'inbox:b': 2 });
    await earlier('two:').set({ a: 3 });
    const session = SessionStore.over(area);
    const one = session('one:');
    await one.set({ c: 4 });
    expect(await one.entries('')).toEqual([
      ['a', 1],
      ['inbox:b', 2],
    ]);
    expect(await one.entries('inbox:')).toEqual([['inbox:b', 2]]);
    await one.remove(['a']);
    expect(await session('two:').entries('')).toEqual([['a', 3]]);
    expect(await SessionStore.over(area)('one:').entries('')).toEqual([
      ['inbox:b', 2],
      ['c', 4],
    ]);
  });
});
