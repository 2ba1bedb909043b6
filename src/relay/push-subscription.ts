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
  if (!pushServiceOf(parsed.endpoint, alsoAllow)) throw new AppError('push-refused', 'not a known push service');
  return JSON.stringify(parsed);
}

/** The push service of an endpoint: its name in the list, or an origin of `alsoAllow`; null for what is none. */
export function pushServiceOf(endpoint: string, alsoAllow: readonly string[]): string | null {
  if (!URL.canParse(endpoint)) return null;
  const { origin, protocol, hostname, port, username, password } = new URL(endpoint);
  if (username || password) return null;
  if (alsoAllow.includes(origin)) return origin;
  if (protocol !== 'https:' || port) return null;
  return services.find((each) => (each.startsWith('.') ? hostname.endsWith(each) : hostname === each)) ?? null;
}
