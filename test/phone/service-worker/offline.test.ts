import { beforeEach, describe, expect, it } from 'vitest';
import { Offline } from '../../../src/phone/service-worker/offline.ts';

const origin = 'https://relay.example';
const files = { version: 'two', paths: ['/', '/assets/first-abc.js', '/icon.svg'] };

/** Caches of a browser, which fetch what their `fails` does not name. */
class TestCaches {
  readonly all = new Map<string, Map<string, string>>();
  readonly asked: [path: string, cache: string][] = [];
  fails = '';

  async open(name: string) {
    const found = this.all.get(name) ?? new Map<string, string>();
    this.all.set(name, found);
    return {
      addAll: async (requests: Request[]) => {
        for (const { url, cache } of requests) {
          const { pathname } = new URL(url);
          this.asked.push([pathname, cache]);
          if (pathname === this.fails) throw new TypeError('not found');
          found.set(pathname, name);
        }
      },
      match: async (path: string) => (found.has(path) ? new Response(`${found.get(path)} ${path}`) : undefined),
    };
  }

  keys = async () => [...this.all.keys()];
  delete = async (name: string) => this.all.delete(name);
}

let caches: TestCaches;
let offline: Offline;

beforeEach(() => {
  caches = new TestCaches();
  offline = new Offline(caches as never, files, origin);
});

const get = (path: string, mode: RequestMode = 'cors') => ({ method: 'GET', url: origin + path, mode });

describe('the files that the worker keeps', () => {
  it('are all of its version, and what has no hash in its name is asked for anew', async () => {
    await offline.install();
    expect(caches.asked).toEqual([
      ['/', 'no-cache'],
      ['/assets/first-abc.js', 'default'],
      ['/icon.svg', 'no-cache'],
    ]);
    expect(await (await offline.answer('/', new Request(origin))).text()).toBe('tandem two /');
  });

  it('are none when one cannot be had: the version before stays', async () => {
    caches.fails = '/icon.svg';
    await expect(offline.install()).rejects.toThrow('not found');
  });

  it('take the place of those of other versions, and of nothing else', async () => {
    await caches.open('tandem one');
    await caches.open('somebody else’s');
    await offline.install();
    await offline.forgetOthers();
    expect(await caches.keys()).toEqual(['somebody else’s', 'tandem two']);
  });

  it.each<[string, ReturnType<typeof get>, string | null]>([
    ['the app', get('/', 'navigate'), '/'],
    ['the app, opened for a request', get('/?wanted=x', 'navigate'), '/'],
    ['a pairing link', get('/pair', 'navigate'), '/'],
    ['a file', get('/assets/first-abc.js'), '/assets/first-abc.js'],
    ['a file of another version', get('/assets/first-old.js'), null],
    ['the relay’s own', get('/v1/push-key'), null],
    ['another page', get('/healthz', 'navigate'), null],
    ['what is sent', { ...get('/'), method: 'POST' }, null],
    ['another origin', { ...get('/'), url: 'https://other.example/icon.svg' }, null],
  ])('answer for %s, or leave it to the network', (_what, request, path) => {
    expect(offline.pathFor(request)).toBe(path);
  });
});
