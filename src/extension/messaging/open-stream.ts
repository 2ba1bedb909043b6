import type { Runtime } from 'webextension-polyfill';
import { browser } from './browser.ts';
import type { DownOf, StreamName, UpOf } from './contract.ts';

/** How long to wait before each attempt in a row that came to nothing, ms. */
const waitsMs = [0, 50, 250, 1_000, 4_000];
/** A background that is there speaks first, and within this time, ms: its worker wakes in under 50. */
const silenceMs = 2_000;

export interface StreamEvents<Name extends StreamName> {
  /** The background is there, perhaps anew and knowing nothing of what was said before. */
  opened(send: (message: UpOf<Name>) => void): void;
  message(message: DownOf<Name>): void;
  /** The background cannot be reached any more: the extension was updated or removed, or refuses. */
  lost(): void;
  /** Whether a background that was ended is to be woken again; if not, the stream is over. Missing: it is. */
  wakes?(): boolean;
}

export interface OpenedStream<Name extends StreamName> {
  send(message: UpOf<Name>): void;
  close(): void;
}

/**
 * A port to the background that outlives it: when the browser ends the worker, connecting again wakes it. Nothing is
 * polled and nothing is sent to keep it alive.
 */
export function openStream<Name extends StreamName>(name: Name, events: StreamEvents<Name>): OpenedStream<Name> {
  let port: Runtime.Port | null = null;
  /** Left open until the newest has spoken: a background that was only slow must hear who goes on before it hears who left. */
  let older: Runtime.Port[] = [];
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const send = (message: UpOf<Name>) => {
    // Between a worker's end and the next connection; `opened` says it all again.
    port?.postMessage(message);
  };

  function leaveOlder(): void {
    for (const left of older) disconnect(left);
    older = [];
  }

  function close(): void {
    clearTimeout(timer);
    leaveOlder();
    if (port) disconnect(port);
    port = null;
  }

  function connect(): void {
    let connected: Runtime.Port;
    try {
      connected = browser.runtime.connect({ name });
    } catch {
      // Chromium: "Extension context invalidated."
      close();
      events.lost();
      return;
    }
    if (port) older.push(port);
    port = connected;
    // An extension that is just being replaced takes a port and never says a word, not even that it ends.
    timer = setTimeout(again, silenceMs);
    connected.onMessage.addListener((message: unknown) => {
      // What an older one still says, the newest will say as well.
      if (connected !== port) return;
      clearTimeout(timer);
      failures = 0;
      leaveOlder();
      events.message(message as DownOf<Name>);
    });
    connected.onDisconnect.addListener(() => {
      if (connected !== port) return;
      clearTimeout(timer);
      port = null;
      if (events.wakes?.() === false) {
        close();
        events.lost();
      } else again();
    });
    events.opened(send);
  }

  function again(): void {
    const waitMs = waitsMs[failures++];
    if (waitMs === undefined) {
      close();
      events.lost();
    } else if (waitMs === 0) connect();
    else timer = setTimeout(connect, waitMs);
  }

  connect();
  return { send, close };
}

function disconnect(port: Runtime.Port): void {
  try {
    port.disconnect();
  } catch {
    // A port that an update left over cannot even be closed.
  }
}
