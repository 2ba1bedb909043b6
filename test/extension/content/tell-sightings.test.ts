import { expect, it } from 'vitest';
import { tellSightings } from '../../../src/extension/content/tell-sightings.ts';
import type { openStream, StreamEvents } from '../../../src/extension/messaging/open-stream.ts';
import type { answerQuestions } from '../../../src/extension/messaging/page-questions.ts';

const stranger = { type: 'stranger', provider: 'entra-mfa' } as const;
const controls = { password: false, otherWay: false, resend: false, cancel: false };
const number = { type: 'number', provider: 'entra-mfa', number: '42', controls } as const;

/** A page with its content script, and a background that hears what is said on each port. */
function scene() {
  const ports: { events: StreamEvents<'sightings'>; heard: unknown[]; closed: boolean }[] = [];
  const page = Object.assign(new EventTarget(), {
    location: { href: 'https://evil.example/common/login', pathname: '/common/login' } as Location,
  });
  const open = ((_: 'sightings', events: StreamEvents<'sightings'>) => {
    const port = { events, heard: [] as unknown[], closed: false };
    ports.push(port);
    const send = (message: unknown) => port.heard.push(message);
    events.opened(send);
    return {
      send,
      close() {
        port.closed = true;
      },
    };
  }) as unknown as typeof openStream;
  let answers: Parameters<typeof answerQuestions>[1] = {};
  const tell = tellSightings({
    page,
    openStream: open,
    answerQuestions: (given) => {
      answers = given;
    },
    signal: new AbortController().signal,
  });
  const last = () => ports.at(-1) as (typeof ports)[number];
  return { ports, page, tell, last, again: () => answers.again?.({ ask: 'again' }) ?? null };
}

it('a stranger that the background has taken does not wake it once it has ended, a number does', () => {
  const { tell, last } = scene();
  tell(stranger);
  expect(last().events.wakes?.()).toBe(true);
  last().events.message({ type: 'taken', open: true });
  expect(last().events.wakes?.()).toBe(false);
  tell(number);
  last().events.message({ type: 'taken', open: true });
  expect(last().events.wakes?.()).toBe(true);
});

it.each(['pagehide', 'pageshow'])('a background that has ended hears of a stranger again at %s', (type) => {
  const { ports, page, tell, last } = scene();
  tell(stranger);
  last().events.message({ type: 'taken', open: true });
  page.dispatchEvent(new Event(type));
  expect(ports).toHaveLength(1);
  last().events.lost();
  page.dispatchEvent(new Event(type));
  expect(ports).toHaveLength(2);
  expect(last().heard).toEqual([{ ...stranger, path: '/common/login' }]);
});

it('the next background is told again when it asks, by pages alone that have something strange', async () => {
  const { ports, tell, last, again } = scene();
  expect(again()).toBeNull();
  tell(stranger);
  last().events.message({ type: 'taken', open: true });
  last().events.lost();
  expect(await again()).toBe('yes');
  expect(ports).toHaveLength(2);
  last().events.message({ type: 'taken', open: true });
  last().events.message({ type: 'over', what: 'stranger' });
  expect(last().closed).toBe(true);
  expect(again()).toBeNull();
});

it('a page with nothing strange says nothing when it is left', () => {
  const { ports, page } = scene();
  page.dispatchEvent(new Event('pagehide'));
  expect(ports).toEqual([]);
});
