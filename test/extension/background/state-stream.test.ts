import { expect, it, vi } from 'vitest';
import { Publisher } from '../../../src/extension/background/publisher.ts';
import { stateStream } from '../../../src/extension/background/state-stream.ts';
import { acceptStream, type StreamHandlers } from '../../../src/extension/messaging/accept-streams.ts';
import type { View } from '../../../src/extension/messaging/view.ts';
import { FakePort, own, pageSender } from '../support/fake-port.ts';
import { settled } from '../support/settled.ts';

function background() {
  const view = vi.fn(() => ({ front: null }) as View);
  const publisher = new Publisher(view);
  const wake = vi.fn();
  const report = vi.fn();
  let restored: () => void = () => undefined;
  const shown = new Promise<void>((resolve) => (restored = resolve));
  const handlers = { state: stateStream({ publisher, shown, post: Promise.resolve({ wake }), report }) };
  const port = new FakePort('state', pageSender);
  acceptStream(port.asPort, own, handlers as unknown as StreamHandlers);
  return { view, publisher, wake, report, restored, port };
}

it('a page of the extension’s is told what there is to see once there is, and each change until it is gone', async () => {
  const { publisher, wake, restored, port, report } = background();
  await settled();
  expect(port.sent).toEqual([]);
  expect(wake).toHaveBeenCalledOnce();
  restored();
  await settled();
  expect(port.sent).toHaveLength(1);
  publisher.changed();
  await settled();
  expect(port.sent).toHaveLength(2);
  port.ends();
  publisher.changed();
  await settled();
  expect(port.sent).toHaveLength(2);
  expect(report).not.toHaveBeenCalled();
});

it('a page that is gone before there is anything to see is told nothing, now or later', async () => {
  const { view, publisher, restored, port } = background();
  const join = vi.spyOn(publisher, 'join');
  port.ends();
  restored();
  await settled();
  publisher.changed();
  await settled();
  expect(join).not.toHaveBeenCalled();
  expect(view).toHaveBeenCalledOnce();
});
