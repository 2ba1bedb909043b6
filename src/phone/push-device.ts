import { as, encodedBytes, json, object } from '../core/parse.ts';

/** A browser's Web Push (Push API §5), as far as it is used here. */
export type PushAccess = Pick<PushManager, 'getSubscription' | 'subscribe'>;

/** What this phone's browser does about being woken. */
export interface PushDevice {
  /** Null where the browser has no Web Push for the app as it is open. */
  access(): Promise<PushAccess | null>;
  permission(): NotificationPermission;
  /** To be called right in the handler of a tap. */
  askPermission(): Promise<NotificationPermission>;
  /** Whether there would be Web Push if the app were on the home screen (iOS 16.4 and later). */
  readonly needsInstall: boolean;
  /** Asks the browser to keep what is stored here also when it runs out of room. */
  keepStorage(): Promise<unknown>;
  /** The relay's VAPID key (RFC 8292), base64url of 65 bytes; rejects while it cannot be had. */
  publicKey(): Promise<string>;
}

const keyAnswer = as('push-unavailable', object({ key: encodedBytes(65) }));

/** Web Push of this browser. `registration`: of the service worker; null where there is none. */
export function browserPush(
  registration: () => Promise<ServiceWorkerRegistration | null>,
  relay: string,
  needsInstall: boolean,
): PushDevice {
  const hasNotifications = 'Notification' in globalThis;
  return {
    access: async () => (await registration())?.pushManager ?? null,
    permission: () => (hasNotifications ? Notification.permission : 'default'),
    askPermission: () => Notification.requestPermission(),
    needsInstall,
    keepStorage: () => navigator.storage.persist(),
    async publicKey() {
      const answer = await fetch(`${relay}/v1/push-key`);
      return keyAnswer(json(await answer.text()), 'push key').key;
    },
  };
}

/** Whether this is a page in Safari on iOS that would have Web Push on the home screen. */
export function needsInstall(of: object): boolean {
  return 'standalone' in of && of.standalone === false && !('PushManager' in globalThis);
}
