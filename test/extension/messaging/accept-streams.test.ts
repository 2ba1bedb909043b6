import { describe, expect, it, vi } from 'vitest';
import { acceptStream, type StreamHandlers } from '../../../src/extension/messaging/accept-streams.ts';
import { signIn } from '../support/challenge.ts';
import { contentSender, FakePort, own, pageSender } from '../support/fake-port.ts';

function accept(name: string, sender: unknown) {
  const port = new FakePort(name, sender);
  const receiver = { message: vi.fn(), refused: vi.fn(), closed: vi.fn() };
  const handle = vi.fn(() => receiver);
  const handlers: StreamHandlers = { state: handle, 'pairing-watch': handle, request: handle, sightings: handle };
  acceptStream(port.asPort, own, handlers);
  return { port, receiver, handle };
}

describe('acceptStream', () => {
  it.each(['toString', '__proto__', 'constructor', '', 'State'])('ends a port named %j', (name) => {
    const { port, handle } = accept(name, pageSender);
    expect(port.disconnected).toBe(true);
    expect(handle).not.toHaveBeenCalled();
  });

  it.each([
    ['state', contentSender('https://site.example')],
    ['pairing-watch', contentSender('https://site.example')],
    ['request', pageSender],
    ['sightings', pageSender],
    ['request', contentSender('http://site.example')],
    ['request', { id: 'theirs', url: 'https://site.example/', tab: { id: 1 }, frameId: 0 }],
    ['state', undefined],
  ])('ends a port %j from whom it is not for', (name, sender) => {
    const { port, handle } = accept(name, sender);
    expect(port.disconnected).toBe(true);
    expect(handle).not.toHaveBeenCalled();
  });

  it('reads each message before anybody sees it', () => {
    const { port, receiver } = accept('request', contentSender('https://site.example'));
    const challenge = signIn(1);
    port.says({ type: 'begin', challenge: { ...challenge, more: 'dropped' } });
    expect(receiver.message.mock.calls).toEqual([[{ type: 'begin', challenge }]]);
    port.says({ type: 'begin', challenge: { ...challenge, number: '07' } });
    port.says({ type: 'approve' });
    port.says({ type: 'page', message: { type: 'status' } });
    port.says({ type: 'resume', id: '../x' });
    port.says(null);
    expect(receiver.message).toHaveBeenCalledTimes(1);
    expect(receiver.refused.mock.calls).toEqual([
      ['malformed-challenge'],
      ['malformed-message'],
      ['malformed-message'],
      ['malformed-message'],
      ['malformed-message'],
    ]);
  });

  it('says nothing to a port that is gone, and hears nothing from one that was ended', () => {
    const { port, receiver, handle } = accept('state', pageSender);
    const [[connection]] = handle.mock.calls as unknown as [[{ send(of: unknown): void; end(): void }]];
    port.ends();
    expect(receiver.closed).toHaveBeenCalledTimes(1);
    expect(() => connection.send({})).not.toThrow();
    port.says(null);
    expect(receiver.message).not.toHaveBeenCalled();
  });
});
