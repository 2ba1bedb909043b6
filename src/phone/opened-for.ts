import { orNull } from '../core/or-null.ts';
import { object, optional, type Parsed, string } from '../core/parse.ts';

const name = optional(string(64));
/** What the app was opened for from a notification, or what the worker tells an open one. */
const opened = object({
  /** A request, by its key. */
  wanted: name,
  /** A self-test whose notification was tapped. */
  tapped: name,
  /** A self-test whose notification was shown. */
  rang: name,
  /** The pairing that the self-test is for. */
  pairing: name,
});
export type OpenedFor = Parsed<typeof opened>;

/** Throws `malformed-message`. */
export const parseOpenedFor = (value: unknown): OpenedFor => opened(value, 'opened');

/** What an address says that `addressFor` gave; it is taken out of the address bar. */
export function takeOpenedFor(
  { pathname, search }: Pick<Location, 'pathname' | 'search'>,
  history: Pick<History, 'replaceState'>,
): OpenedFor {
  if (search === '') return {};
  history.replaceState(null, '', pathname);
  // Anybody can write a link: of one that cannot be read, the app opens as for nothing.
  return orNull(() => parseOpenedFor(Object.fromEntries(new URLSearchParams(search)))) ?? {};
}

export function addressFor(of: OpenedFor): string {
  return `/?${new URLSearchParams(Object.entries(of).filter((entry): entry is [string, string] => entry[1] !== undefined))}`;
}
