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
  let failures = 0;
  let closed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const send = (message: UpOf<Name>) => {
    // Between a worker's end and the next connection; `opened` says it all again.
    port?.postMessage(message);
  };

  function close(): void {
    closed = true;
    clearTimeout(timer);
    port?.disconnect();
    port = null;
  }

  function connect(): void {
    const before = port;
    let connected: Runtime.Port;
    try {
      connected = browser.runtime.connect({ name });
    } catch {
      // Chromium: "Extension context invalidated."; a port that is left over cannot even be closed.
      port = null;
      closed = true;
      events.lost();
      return;
    }
    port = connected;
    // An extension that is just being replaced takes a port and never says a word, not even that it ends.
    timer = setTimeout(again, silenceMs);
    connected.onMessage.addListener((message: unknown) => {
      clearTimeout(timer);
      failures = 0;
      if (!closed) events.message(message as DownOf<Name>);
    });
    connected.onDisconnect.addListener(() => {
      if (connected !== port) return;
      clearTimeout(timer);
      port = null;
      if (events.wakes?.() === false) {
        closed = true;
        events.lost();
      } else again();
    });
    events.opened(send);
    // After that, so that whoever only was slow to speak hears who goes on before it hears who left.
    before?.disconnect();
  }

  function again(): void {
    const waitMs = waitsMs[failures++];
    if (waitMs === undefined) {
      closed = true;
      events.lost();
    } else if (waitMs === 0) connect();
    else timer = setTimeout(connect, waitMs);
  }

  connect();
  return { send, close };
}
