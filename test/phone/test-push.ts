import { base64url } from '../../src/core/bytes.ts';
import type { PushDevice } from '../../src/phone/push-device.ts';

/** A browser's Web Push, whose subscriptions are all at the test's push service. */
export class TestPush implements PushDevice {
  needsInstall = false;
  now: NotificationPermission = 'granted';
  answers: NotificationPermission = 'granted';
  key = base64url(new Uint8Array(65).fill(4));
  isOffline = false;
  hangs = false;
  hung: () => void = () => undefined;
  expirationTime: number | null = null;
  saysItsKey = true;
  readonly made: string[] = [];
  readonly #service: { endpoint: string; keys: { p256dh: string; auth: string } };
  #current: PushSubscription | null = null;

  constructor(service: { endpoint: string; keys: { p256dh: string; auth: string } }) {
    this.#service = service;
  }

  async access() {
    return {
      getSubscription: async () => this.#current,
      subscribe: async (options?: PushSubscriptionOptionsInit) => {
        if (this.hangs) {
          this.hung();
          await new Promise(() => undefined);
        }
        return this.#make(options?.applicationServerKey as Uint8Array<ArrayBuffer>);
      },
    };
  }

  permission = () => this.now;
  askPermission = async () => {
    this.now = this.answers;
    return this.now;
  };
  keepStorage = async () => true;
  publicKey = async () => {
    if (this.isOffline) throw new TypeError('no network');
    return this.key;
  };

  /** The browser has dropped it. */
  lose(): void {
    this.#current = null;
  }

  #make(key: Uint8Array<ArrayBuffer>): PushSubscription {
    const endpoint = `${this.#service.endpoint}?${this.made.length}`;
    this.made.push(base64url(key));
    this.#current = {
      endpoint,
      expirationTime: this.expirationTime,
      options: { applicationServerKey: this.saysItsKey ? key.buffer : null, userVisibleOnly: true },
      toJSON: () => ({ endpoint, keys: this.#service.keys }),
      unsubscribe: async () => {
        this.#current = null;
        return true;
      },
    } as never;
    return this.#current as PushSubscription;
  }
}
