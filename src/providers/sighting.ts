import { AppError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { boolean, object, oneOf, optional, type Parsed, type Parser, string, tagged } from '../core/parse.ts';
import { isHome, ownsHost, type Place, parseUrl } from './host.ts';
import { type Suspicion, suspicionOf } from './lookalike.ts';
import type { Provider } from './provider.ts';
import { providerOf } from './registry.ts';

const provider = string(32, /^[a-z0-9-]+$/);

/** How a request on a page ended, as the page shows it. `password`: the person pressed the page's own control for it. */
export const outcomes = ['approved', 'denied', 'timed-out', 'failed', 'password', 'gone'] as const;
export type Outcome = (typeof outcomes)[number];

/** Where on its host the page is now: browsers tell where it was loaded, and pages go elsewhere without loading. */
const path = optional(string(limits.urlCharacters, /^\//));

/** What a content script tells of its page. */
const sighting = tagged('type', {
  /** A number is shown. Told again, with the same number, when account or controls have become known or changed. */
  number: {
    provider,
    path,
    number: string(8, /^(?:\d{1,8}|[A-Z])$/),
    account: optional(string(limits.nameCharacters)),
    controls: object({ password: boolean, otherWay: boolean, resend: boolean, cancel: boolean }),
  },
  /** The request ended. Also told by a page that never showed the number itself, as the one loaded after it. */
  ended: { provider, outcome: oneOf(...outcomes) },
  /** The page that waits is about to be left. It may come again (the number is told again) or not; `by`: who did it. */
  left: { provider, by: oneOf('page', 'person') },
  /** An account that may belong to a number which a later page in this tab shows without one. */
  account: { provider, account: string(limits.nameCharacters) },
  /** The provider's number where the provider is not at home. */
  stranger: { provider, path },
});
export type Sighting = Parsed<typeof sighting>;

/** Throws `malformed-message`, naming the field. */
export const parseSighting: Parser<Sighting> = (value, field = 'sighting') => sighting(value, field);

export interface Admitted {
  readonly sighting: Sighting;
  readonly provider: Provider;
  /** With a `stranger` and with nothing else. */
  readonly suspicion: Suspicion | null;
  /** Where it was made: the browser's host, and the path that the page has now. */
  readonly url: string;
}

/**
 * What a content script says, held against where the browser says that it runs. A number, and all that follows it,
 * counts only where its provider is at home. Throws `malformed-message` and `not-allowed`.
 */
export function admit(value: unknown, place: Place, granted: readonly string[]): Admitted {
  const seen = parseSighting(value);
  const provider = providerOf(seen.provider);
  if (!provider) throw new AppError('malformed-message', 'sighting.provider must be one of the registry');
  const now = placeNow(seen, place);
  const suspicion = seen.type === 'stranger' ? suspicionOf(provider, now, granted) : null;
  if (!isAllowed(seen, provider, now, granted, suspicion)) {
    throw new AppError('not-allowed', `${provider.id} at ${parseUrl(place.url)?.hostname ?? 'no host'}`);
  }
  return { sighting: seen, provider, suspicion, url: now.url };
}

// The host is the browser's word; within it a page may call itself what it likes.
function placeNow(seen: Sighting, place: Place): Place {
  const at = parseUrl(place.url);
  if (!at || !('path' in seen) || seen.path === undefined) return place;
  at.pathname = seen.path;
  return { ...place, url: at.href };
}

function isAllowed(
  seen: Sighting,
  provider: Provider,
  place: Place,
  granted: readonly string[],
  suspicion: Suspicion | null,
): boolean {
  if (seen.type === 'stranger') return suspicion !== null;
  if (seen.type === 'number') return isHome(provider, place, granted) && hasForm(seen.number, provider);
  // A page may have changed its path by the time that it tells how it ended.
  const at = parseUrl(place.url);
  return place.top && at?.protocol === 'https:' && ownsHost(provider, at.hostname, granted);
}

function hasForm(number: string, { number: { form } }: Provider): boolean {
  const found = form.exec(number);
  return (found?.[1] ?? found?.[0]) === number;
}
