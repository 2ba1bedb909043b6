import { expect, it, vi } from 'vitest';
import type { Tabs } from 'webextension-polyfill';
import { Hosts, hostOf, hostOfPage, relativeFile } from '../../../src/extension/background/hosts.ts';
import { SessionStore } from '../../../src/extension/storage/session-store.ts';
import { Settings } from '../../../src/extension/storage/settings.ts';
import { MemoryArea } from '../support/memory-area.ts';

function browserOf() {
  const allowed = new Set<string>();
  const registered = new Map<string, unknown>();
  const permissions = {
    contains: async ({ origins = [] }: { origins?: string[] }) => origins.every((origin) => allowed.has(origin)),
    remove: async ({ origins = [] }: { origins?: string[] }) => origins.every((origin) => allowed.delete(origin)),
  };
  const scripting = {
    getRegisteredContentScripts: async () => [...registered.keys()].map((id) => ({ id })),
    registerContentScripts: async (scripts: { id: string }[]) => {
      for (const script of scripts) {
        if (registered.has(script.id)) throw new Error(`Duplicate script ID '${script.id}'`);
        registered.set(script.id, script);
      }
    },
    unregisterContentScripts: async ({ ids = [] }: { ids?: string[] }) => {
      for (const id of ids) registered.delete(id);
    },
    executeScript: vi.fn(async (_: unknown) => Promise.reject(new Error('Cannot access a chrome:// URL'))),
  };
  const [area, session] = [new MemoryArea(), new MemoryArea()];
  const query = async ({ url }: { url?: string | string[] }) => ([url].flat().includes(pattern) ? [{ id: 7 }, {}] : []);
  const sendMessage = vi.fn(async (): Promise<unknown> => Promise.reject(new Error('Receiving end does not exist.')));
  const start = () =>
    new Hosts({
      settings: new Settings(area, new MemoryArea(), 'https://relay.example'),
      permissions,
      scripting: scripting as unknown as ConstructorParameters<typeof Hosts>[0]['scripting'],
      tabs: { query: query as unknown as Tabs.Static['query'], sendMessage: sendMessage as Tabs.Static['sendMessage'] },
      store: SessionStore.over(session)('hosts:'),
      files: ['main.js'],
      changed: () => undefined,
    });
  return { allowed, registered, session, sendMessage, start, scripting };
}

const host = 'id.fabrikam.example';
const pattern = `https://${host}/*`;

it('a host that the person allowed has the content script, in that host alone', async () => {
  const { allowed, registered, start } = browserOf();
  allowed.add(pattern);
  const hosts = start();
  await hosts.add(host);
  await hosts.add(host);
  expect(hosts.granted).toEqual([host]);
  expect([...registered.values()]).toEqual([
    { id: host, matches: [pattern], js: ['main.js'], runAt: 'document_start', allFrames: true },
  ]);
});

it('a host that is allowed while pages of it are open has the content script in those at once', async () => {
  const { start, scripting } = browserOf();
  await start().add(host);
  expect(scripting.executeScript.mock.calls).toEqual([[{ target: { tabId: 7 }, files: ['main.js'] }]]);
});

it('open pages of allowed hosts have the content script again once the extension was loaded anew, where they lack it', async () => {
  const { allowed, session, sendMessage, start, scripting } = browserOf();
  const worker = async () => {
    const hosts = start();
    await hosts.load();
    await hosts.takeUpPages();
  };
  await worker();
  expect(scripting.executeScript).not.toHaveBeenCalled();
  allowed.add(pattern);
  await start().add(host);
  scripting.executeScript.mockClear();
  await worker();
  expect(scripting.executeScript).not.toHaveBeenCalled();
  session.values.clear();
  sendMessage.mockResolvedValueOnce(`https://${host}/`);
  await worker();
  expect(scripting.executeScript).not.toHaveBeenCalled();
  session.values.clear();
  await worker();
  await worker();
  expect(scripting.executeScript.mock.calls).toEqual([[{ target: { tabId: 7 }, files: ['main.js'] }]]);
});

it('a host that popup and browser both tell of is registered once', async () => {
  const { allowed, registered, start } = browserOf();
  allowed.add(pattern);
  const hosts = start();
  await Promise.all([hosts.add(host), hosts.add(host), hosts.load()]);
  expect([...registered.keys()]).toEqual([host]);
});

it.each([
  'src/content/main.js',
  'moz-extension://1-2/src/content/main.js',
  'chrome-extension://abc/src/content/main.js',
])('the content script %s is registered by its path within the extension', (file) =>
  expect(relativeFile(file)).toBe('src/content/main.js'),
);

it('a host that the browser does not allow is not granted, also after the browser took that back', async () => {
  const { allowed, registered, start } = browserOf();
  await start().add(host);
  expect(registered.size).toBe(0);
  allowed.add(pattern);
  const hosts = start();
  await hosts.load();
  expect(hosts.granted).toEqual([host]);
  allowed.delete(pattern);
  await hosts.load();
  expect(hosts.granted).toEqual([]);
  expect(registered.size).toBe(0);
});

it('a host that is taken back is no more allowed either', async () => {
  const { allowed, registered, start } = browserOf();
  allowed.add(pattern);
  const hosts = start();
  await hosts.add(host);
  await hosts.remove(host);
  expect([hosts.granted, allowed.size, registered.size]).toEqual([[], 0, 0]);
});

it('a page that is the browser’s own is left alone', async () => {
  const { start, scripting } = browserOf();
  await start().lookAt(3);
  expect(scripting.executeScript).toHaveBeenCalledWith({ target: { tabId: 3 }, files: ['main.js'] });
});

it.each([
  [pattern, host],
  ['https://*/*', null],
  ['https://*.fabrikam.example/*', null],
  ['http://id.fabrikam.example/*', null],
  ['<all_urls>', null],
])('the host of %s is %s', (given, expected) => {
  expect(hostOf(given)).toBe(expected);
});

it.each([
  ['https://id.fabrikam.example/sign-in?x=1', 'id.fabrikam.example'],
  ['https://id.fabrikam.example:8443/', 'id.fabrikam.example'],
  ['http://id.fabrikam.example/', null],
  ['https://[::1]/', null],
  ['chrome://extensions/', null],
  ['', null],
])('the page %s can be allowed as %s', (url, expected) => {
  expect(hostOfPage(url)).toBe(expected);
});
