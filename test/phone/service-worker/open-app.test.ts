import { expect, it, vi } from 'vitest';
import { openFrom } from '../../../src/phone/service-worker/open-app.ts';
import type { WindowClient } from '../../../src/phone/service-worker/scope.ts';

const notification = { data: { key: 'pairing:request', until: 1 } };
const address = '/?wanted=pairing%3Arequest';

function clientsWith(...windows: WindowClient[]) {
  return { claim: vi.fn(), matchAll: async () => windows, openWindow: vi.fn(async () => null) };
}

function windowThat(
  focus: (self: WindowClient) => Promise<WindowClient>,
): WindowClient & { postMessage: typeof vi.fn } {
  const self = { visibilityState: 'hidden', focused: false, focus: () => focus(self), postMessage: vi.fn() } as never;
  return self;
}

it('brings a window that is open to the front, and tells it what for', async () => {
  const window = windowThat(async (self) => self);
  const clients = clientsWith(window);
  await openFrom(notification, clients);
  expect(window.postMessage).toHaveBeenCalledExactlyOnceWith({ wanted: 'pairing:request' });
  expect(clients.openWindow).not.toHaveBeenCalled();
});

it.each([
  ['there is none', []],
  ['the browser does not let it', [windowThat(() => Promise.reject(new TypeError('not allowed')))]],
])('opens another where %s', async (_, windows) => {
  const clients = clientsWith(...windows);
  await openFrom(notification, clients);
  expect(clients.openWindow).toHaveBeenCalledExactlyOnceWith(address);
});
