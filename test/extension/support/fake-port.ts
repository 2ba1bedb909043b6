import type { Runtime } from 'webextension-polyfill';
import type { PortLike } from '../../../src/extension/messaging/accept-streams.ts';

type Listener = (...given: never[]) => void;

class FakeEvent {
  readonly #listeners = new Set<Listener>();
  addListener(listener: Listener): void {
    this.#listeners.add(listener);
  }
  fire(...given: unknown[]): void {
    for (const listener of this.#listeners) listener(...(given as never[]));
  }
}

/** One end of a port, as the browser hands it to whoever is connected to. */
export class FakePort {
  readonly name: string;
  readonly sender: unknown;
  readonly sent: unknown[] = [];
  readonly onMessage = new FakeEvent();
  readonly onDisconnect = new FakeEvent();
  disconnected = false;

  constructor(name: string, sender: unknown = {}) {
    this.name = name;
    this.sender = sender;
  }

  postMessage(message: unknown): void {
    if (this.disconnected) throw new Error('Attempting to use a disconnected port object');
    this.sent.push(JSON.parse(JSON.stringify(message)));
  }

  disconnect(): void {
    this.disconnected = true;
  }

  /** The other side says something. */
  says(message: unknown): void {
    this.onMessage.fire(message, this);
  }

  /** The other side is gone. */
  ends(): void {
    this.disconnected = true;
    this.onDisconnect.fire(this);
  }

  get asPort(): PortLike & Runtime.Port {
    return this as unknown as PortLike & Runtime.Port;
  }
}

/** What the browser says of a content script in the top frame of a tab. */
export function contentSender(origin: string, tab = 1): unknown {
  return { id: 'ours', url: `${origin}/`, origin, tab: { id: tab }, frameId: 0 };
}

export const own = { id: 'ours', origin: 'chrome-extension://ours' };
export const pageSender = { id: 'ours', url: 'chrome-extension://ours/popup.html' };
