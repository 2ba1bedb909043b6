import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { policy } from '../../src/identity-provider/policy.ts';
import { startIdentityProvider } from '../../src/identity-provider/server.ts';
import { email, password, phoneOrigin, type Rig, random, startRig } from './test-provider.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await startRig();
});
afterEach(() => rig.stop());

describe('the server', () => {
  it('sends every answer with headers that keep it from being framed, sniffed or fed foreign code', async () => {
    for (const path of ['/', '/sign-up', '/security', '/api/overview', '/api/nothing', '/nothing']) {
      const { headers } = await rig.browser().send(path, {});
      expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('same-origin');
    }
  });

  it('serves the pages that were built and no other file', async () => {
    const browser = rig.browser();
    for (const path of ['/', '/sign-up', '/security', '/index.html', '/?from=mail']) {
      expect((await browser.send(path, {})).body.text).toContain('<title>Sign in</title>');
    }
    for (const path of [
      '/data',
      '/../data/identity-provider.mdb',
      '/..%2fdata%2fidentity-provider.mdb',
      '/%2e%2e/package.json',
      '//',
      '/assets/',
    ]) {
      expect((await browser.send(path, {})).status).toBe(404);
    }
    expect((await browser.send('/', { method: 'DELETE' })).status).toBe(405);
    expect((await browser.send('/', { method: 'HEAD' })).status).toBe(200);
  });

  it.each([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['text', { 'content-type': 'text/plain' }],
  ])('refuses a call from %s', async (_, headers) => {
    const { status, body } = await rig.browser().post('sign-up', { email, password }, headers);
    expect([status, body]).toEqual([403, { code: 'not-allowed' }]);
    expect(await rig.store.accountByEmail(email)).toBeNull();
  });

  it.each([
    ['no origin', ''],
    ['another origin', 'https://evil.test'],
    ['an opaque origin', 'null'],
  ])('refuses a call from %s, and says where the pages are', async (_, origin) => {
    const { status, body } = await rig.browser().post('sign-up', { email, password }, { origin });
    expect([status, body]).toEqual([403, { code: 'not-allowed', address: rig.provider.origin }]);
    expect(await rig.store.accountByEmail(email)).toBeNull();
  });

  it('says where its pages are to who opens them by another address, as the page is opened', async () => {
    const browser = rig.browser();
    const { origin, port } = rig.provider;
    const from = (referer: string) => browser.send('/api/overview', { headers: { referer } });
    for (const page of [`http://127.0.0.1:${port}/`, 'https://id.example/security', 'nowhere']) {
      const { status, body } = await from(page);
      expect([status, body]).toEqual([403, { code: 'not-allowed', address: origin }]);
    }
    expect((await from(`${origin}/security`)).body).toEqual({ state: 'signed-out' });
    expect(await browser.overview()).toEqual({ state: 'signed-out' });
  });

  it('refuses what is no call', async () => {
    const browser = rig.browser();
    const json = { origin: rig.provider.origin, 'content-type': 'application/json' };
    for (const path of ['nothing', 'toString', '__proto__', 'sign-in/', '']) {
      const { status, body } = await browser.send(`/api/${path}`, { method: 'POST', body: '{}', headers: json });
      expect([status, body]).toEqual([404, { code: 'unknown-method' }]);
    }
    expect((await browser.send('/api/sign-in', { headers: json })).body).toEqual({ code: 'not-allowed' });
    const odd = [undefined, '', '{', '[]', 'null', '"x"', '{"email":{}}', Buffer.from([0x22, 0xff, 0x22])];
    for (const body of odd) {
      const reply = await browser.send('/api/sign-in', {
        method: 'POST',
        headers: json,
        ...(body === undefined ? {} : { body }),
      });
      expect([reply.status, reply.body]).toEqual([400, { code: 'malformed-message' }]);
    }
  });

  it('reads no more of a body than it has use for', async () => {
    const body = JSON.stringify({ email, more: 'x'.repeat(policy.bodyBytes) });
    const { status, body: refused } = await rig.browser().post('sign-in', { email, more: body });
    expect([status, refused]).toEqual([413, { code: 'too-large' }]);
  });

  it('keeps its cookies from scripts and other sites', async () => {
    const browser = rig.browser();
    const before = await browser.post('sign-in', { email });
    expect(before.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^tandem-browser=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/),
    ]);
    const after = await browser.post('sign-up', { email, password });
    expect(after.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^tandem-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/),
      expect.stringMatching(/^tandem-browser=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=15552000$/),
    ]);
    const [, known = ''] = after.headers.getSetCookie();
    expect(known).toContain((before.headers.getSetCookie()[0] ?? '').split(';')[0]);
  });

  it('keeps of a cookie only its hash', async () => {
    const browser = rig.browser();
    await browser.post('sign-up', { email, password });
    const cookie = browser.cookies.get('tandem-session') as string;
    expect(await rig.store.session(cookie)).toBeNull();
    for (const forged of ['', 'x', 'A'.repeat(43), `${cookie.slice(0, -1)}_`, `${cookie}A`]) {
      browser.cookies.set('tandem-session', forged);
      expect((await browser.overview()).state).toBe('signed-out');
    }
  });

  it('logs no address, password or cookie', async () => {
    const browser = rig.browser();
    await browser.post('sign-up', { email, password });
    await browser.post('sign-in/password', { email, password: 'wrong horse' });
    const logged = JSON.stringify(rig.events);
    for (const secret of [email, password, 'wrong horse', ...browser.cookies.values()]) {
      expect(logged).not.toContain(secret);
    }
  });

  it('says when its port is taken, or its pages are missing', async () => {
    const options = { phoneOrigins: [], store: rig.store, clock: rig.clock, random, log: () => undefined };
    const { port } = rig.provider;
    const pages = `${import.meta.dirname}/no-such-directory`;
    await expect(startIdentityProvider({ ...options, port, pages })).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(startIdentityProvider({ ...options, port, pages: import.meta.dirname })).rejects.toThrow(
      'no index.html',
    );
  });
});

describe('behind https', () => {
  it('marks its cookies as secure, and takes calls from its public origin only', async () => {
    const secure = await startRig({ origin: 'https://id.example', phoneOrigins: [phoneOrigin] });
    const { headers } = await secure.browser().post('sign-in', { email });
    expect(headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-tandem-browser=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/),
    ]);
    const local = { origin: `http://localhost:${secure.provider.port}` };
    expect((await secure.browser().post('sign-in', { email }, local)).status).toBe(403);
    await secure.stop();
  });
});
