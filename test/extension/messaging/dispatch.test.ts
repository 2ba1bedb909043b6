import { describe, expect, it, vi } from 'vitest';
import { codeOf } from '../../../src/core/errors.ts';
import type { Caller } from '../../../src/extension/messaging/caller.ts';
import { methods } from '../../../src/extension/messaging/contract.ts';
import { dispatch, type Handlers } from '../../../src/extension/messaging/dispatch.ts';

const page: Caller = { kind: 'extension-page' };
const content: Caller = {
  kind: 'content-script',
  tab: 1,
  origin: 'https://site.example',
  url: 'https://site.example/',
};
const id = 'AAAAAAAAAAAAAAAAAAAAAA';

function handlersThat(answer: () => Promise<null> = async () => null) {
  const handle = vi.fn(answer);
  const handlers = Object.fromEntries(Object.keys(methods).map((name) => [name, handle])) as unknown as Handlers;
  return { handle, handlers };
}

async function refusalOf(call: unknown, caller: Caller): Promise<string> {
  const { handle, handlers } = handlersThat();
  const code = await dispatch(handlers, call, caller).then(() => 'answered', codeOf);
  if (code !== 'answered') expect(handle).not.toHaveBeenCalled();
  return code;
}

describe('dispatch', () => {
  it('hands a parsed input to its handler and gives back what that gives', async () => {
    const { handle, handlers } = handlersThat();
    const call = { name: 'request/password', input: { id, more: 'dropped' } };
    expect(await dispatch(handlers, call, page)).toBe(null);
    expect(handle.mock.calls).toEqual([[{ id }, page]]);
  });

  it.each(['toString', '__proto__', 'constructor', 'hasOwnProperty', 'valueOf', '', 'request/Password', 'state'])(
    'knows no method %j',
    async (name) => {
      expect(await refusalOf({ name, input: null }, page)).toBe('unknown-method');
    },
  );

  it.each([
    undefined,
    null,
    'request/password',
    7,
    [],
    {},
    { name: 7 },
    { name: ['request/password'] },
    { name: 'x'.repeat(65) },
  ])('takes %j for no call', async (call) => {
    expect(await refusalOf(call, page)).toBe('malformed-call');
  });

  it('reads no name that was inherited', async () => {
    const call = Object.create({ name: 'pairing/begin' });
    expect(await refusalOf(call, page)).toBe('malformed-call');
  });

  const ofExtensionPages = Object.keys(methods).filter((name) => name !== 'page/granted');
  it.each(ofExtensionPages)('lets no content script call %s', async (name) => {
    expect(await refusalOf({ name, input: { id, pairing: id, origin: null } }, content)).toBe('not-allowed');
  });

  it.each([
    ['request/password', null],
    ['request/password', {}],
    ['request/password', { id: 'short' }],
    ['request/password', { id: [id] }],
    ['request/password', Object.create({ id })],
    ['pairing/begin', {}],
    ['pairing/confirm', { id }],
    ['pairing/refuse', { pairing: `${id}=` }],
    ['phone/unpair', 'all'],
    ['settings/relay', {}],
    ['settings/relay', { origin: 'http://relay.example' }],
    ['settings/relay', { origin: 'https://relay.example/path' }],
    ['settings/relay', { origin: 'https://user@relay.example' }],
  ])('refuses %s with %j', async (name, input) => {
    expect(await refusalOf({ name, input }, page)).toBe('malformed-call');
  });

  it('passes on what a handler throws', async () => {
    const { handlers } = handlersThat(() => Promise.reject(new TypeError('broken')));
    await expect(dispatch(handlers, { name: 'pairing/begin' }, page)).rejects.toThrow('broken');
  });
});
