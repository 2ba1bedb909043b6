import { AppError } from '../core/errors.ts';
import { limits as wire } from '../core/limits.ts';
import { as, encodedBytes, json, object, string } from '../core/parse.ts';

/** Push services of the browsers; a name with a dot before it stands for all hosts below it. */
const services = [
  'fcm.googleapis.com',
  'updates.push.services.mozilla.com',
  '.push.apple.com',
  '.notify.windows.com',
] as const;

/** PushSubscription.toJSON(), as far as it is used (Push API §9). */
const subscriptionShape = as(
  'push-refused',
  object({
    endpoint: string(wire.urlCharacters),
    keys: object({ p256dh: encodedBytes(65), auth: encodedBytes(16) }),
  }),
);
const parsedJson = as('push-refused', (value) => json(value as string));

/**
 * A subscription as it is to be kept. Throws `push-refused` for what is none, or is for a service that is not known.
 * `alsoAllow`: origins besides the known ones, which may be `http:`.
 */
export function parseSubscription(subscription: string, alsoAllow: readonly string[]): string {
  const parsed = subscriptionShape(parsedJson(subscription), 'subscription');
  if (!isPushService(parsed.endpoint, alsoAllow)) throw new AppError('push-refused', 'not a known push service');
  return JSON.stringify(parsed);
}

export function isPushService(endpoint: string, alsoAllow: readonly string[]): boolean {
  if (!URL.canParse(endpoint)) return false;
  const { origin, protocol, hostname, port, username, password } = new URL(endpoint);
  if (username || password) return false;
  if (alsoAllow.includes(origin)) return true;
  if (protocol !== 'https:' || port) return false;
  return services.some((service) => (service.startsWith('.') ? hostname.endsWith(service) : hostname === service));
}
