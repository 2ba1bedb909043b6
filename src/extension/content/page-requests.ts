import { parseChallenge } from '../../core/challenge.ts';
import { AppError, codeOf } from '../../core/errors.ts';
import {
  type ExtensionMessage,
  type PageMessage,
  pageHelloVersion,
  parsePageMessage,
} from '../../core/page-protocol.ts';
import type { openStream as openStreamToBackground } from '../messaging/open-stream.ts';
import { TokenBuckets } from '../messaging/token-bucket.ts';

/** What a page may say on one port before it is not listened to any more: it needs one message. */
const mostPageMessages = 16;

export interface PageRequestsOptions {
  /** The page's own window. */
  page: Pick<Window, 'addEventListener' | 'location'>;
  openStream: typeof openStreamToBackground;
  /** ms, of any origin. */
  now: () => number;
  signal: AbortSignal;
}

/**
 * Listens for a page that speaks Tandem's protocol (docs/protocol.md §6), until `signal` aborts. The page is hostile until proven
 * otherwise: what is malformed, or more than a person could ask for, ends here and does not wake the background.
 */
export function listenToPage({ page, openStream, now, signal }: PageRequestsOptions): void {
  const budget = new TokenBuckets({ most: 5, everyMs: 10_000, now });
  const running = new Set<() => void>();

  const onMessage = ({ source, origin, data, ports }: MessageEvent<unknown>) => {
    const [port] = ports;
    if (source !== page || origin !== page.location.origin || !port || !isHello(data)) return;
    try {
      if (!budget.take('page')) throw new AppError('too-many-requests', 'from this page');
      const leave = carry(port, parseChallenge(data.challenge), openStream, () => running.delete(leave));
      running.add(leave);
    } catch (thrown) {
      tell(port, { type: 'ended', end: 'failed', code: codeOf(thrown) });
    }
  };
  page.addEventListener('message', onMessage, { signal });

  // A page that is kept for going back to does not go on with what it asked.
  const onHide = () => {
    for (const leave of running) leave();
  };
  page.addEventListener('pagehide', onHide, { signal });
}

function isHello(data: unknown): data is { challenge: unknown } {
  return typeof data === 'object' && data !== null && 'tandem' in data && data.tandem === pageHelloVersion;
}

function tell(port: MessagePort, message: ExtensionMessage): void {
  port.postMessage(message);
}

/** Carries one request between its page and the background until either has ended it; gives what ends it for the page. */
function carry(
  port: MessagePort,
  challenge: ReturnType<typeof parseChallenge>,
  openStream: PageRequestsOptions['openStream'],
  over: () => void,
): () => void {
  let begun = false;
  /** The page knows that there is an extension. */
  let isThere = false;
  let left = mostPageMessages;
  /** The page's only word: each that it has is its last. */
  let last: PageMessage | null = null;

  const stream = openStream('request', {
    opened(send) {
      // A background that never answered may not have it; one that did has it stored.
      send(begun ? { type: 'resume', id: challenge.id } : { type: 'begin', challenge });
      if (last) send({ type: 'page', message: last });
      // The background takes its time to wake on a busy computer, which the page would take for no extension.
      if (!isThere) tell(port, { type: 'status', stage: 'detected' });
      isThere = true;
    },
    message(message) {
      begun = true;
      if (last === null) tell(port, message);
      if (message.type === 'ended') end();
    },
    lost() {
      if (last === null) tell(port, { type: 'ended', end: 'failed', code: 'no-extension' });
      end();
    },
  });

  function say(message: PageMessage): void {
    if (last) return;
    last = message;
    stream.send({ type: 'page', message });
  }

  function end(): void {
    port.onmessage = null;
    // `lost` may come before there is a stream.
    queueMicrotask(() => {
      stream.close();
      over();
    });
  }

  port.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (left-- <= 0) {
      say({ type: 'gone' });
      return;
    }
    try {
      say(parsePageMessage(data));
    } catch (thrown) {
      if (codeOf(thrown) !== 'malformed-message') throw thrown;
    }
  };
  return () => say({ type: 'gone' });
}
