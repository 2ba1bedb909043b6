/** The part of a service worker's global scope that is used here; the library that knows it all does not go with the page's. */
export interface WorkerScope {
  readonly location: Location;
  readonly registration: ServiceWorkerRegistration;
  readonly clients: WorkerClients;
  skipWaiting(): Promise<void>;
  addEventListener<Name extends keyof WorkerEvents>(type: Name, listener: (event: WorkerEvents[Name]) => void): void;
}

interface Extendable {
  /** Keeps the worker running until that has ended. */
  waitUntil(work: Promise<unknown>): void;
}

interface WorkerEvents {
  install: Extendable;
  activate: Extendable;
  fetch: Extendable & { readonly request: Request; respondWith(response: Promise<Response>): void };
  message: Extendable & { readonly data: unknown };
  push: Extendable & { readonly data: { arrayBuffer(): ArrayBuffer } | null };
  pushsubscriptionchange: Extendable;
  notificationclick: Extendable & { readonly notification: Notification };
  notificationclose: Extendable;
}

export interface WorkerClients {
  claim(): Promise<void>;
  matchAll(options: { type: 'window'; includeUncontrolled: boolean }): Promise<readonly WindowClient[]>;
  openWindow(url: string): Promise<WindowClient | null>;
}

/** A window in which the app is open. */
export interface WindowClient {
  readonly visibilityState: DocumentVisibilityState;
  readonly focused: boolean;
  focus(): Promise<WindowClient>;
  postMessage(message: unknown): void;
}
