import { describe, expect, it, vi } from 'vitest';
import { createApi } from '../../src/identity-provider/pages/api.ts';

const replying = (status: number, body: string) => {
  const request = vi.fn(async (_path: string, _init: RequestInit) => new Response(body, { status }));
  return { request, api: createApi(request) };
};

describe('the pages’ way to their server', () => {
  it('posts JSON and parses what comes back', async () => {
    const { api, request } = replying(200, '{"next":"password","more":1}');
    expect(await api.call('sign-in', { email: 'ana@example.org' })).toEqual({ next: 'password' });
    expect(request.mock.calls).toEqual([
      [
        '/api/sign-in',
        { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"email":"ana@example.org"}' },
      ],
    ]);
  });

  it('throws what the server refuses with', async () => {
    const refused = replying(403, '{"code":"wrong-password"}').api;
    await expect(refused.call('password', { password: 'x' })).rejects.toMatchObject({ code: 'wrong-password' });
    const limited = replying(429, '{"code":"too-many-requests","retryAfterMs":5000}').api;
    await expect(limited.call('sign-out', null)).rejects.toMatchObject({ retryAfterMs: 5_000 });
    const elsewhere = replying(403, '{"code":"not-allowed","address":"http://localhost:8788"}').api;
    await expect(elsewhere.overview()).rejects.toMatchObject({
      code: 'not-allowed',
      address: 'http://localhost:8788',
    });
    const script = replying(403, '{"code":"not-allowed","address":"javascript:alert(1)"}').api;
    await expect(script.overview()).rejects.toMatchObject({ code: 'malformed-message' });
  });

  it.each([
    ['no JSON', '<html>', 'site-unreachable'],
    ['another shape', '{"next":"elsewhere"}', 'malformed-message'],
    ['a challenge for something else', '{"next":"number","challenge":{"type":"registration"}}', 'malformed-challenge'],
  ])('believes nothing of a server that says %s', async (_, body, code) => {
    await expect(replying(200, body).api.call('sign-in', { email: 'ana@example.org' })).rejects.toMatchObject({ code });
  });

  it('says when the server cannot be reached', async () => {
    const api = createApi(() => Promise.reject(new TypeError('Failed to fetch')));
    await expect(api.overview()).rejects.toMatchObject({ code: 'site-unreachable' });
  });
});
