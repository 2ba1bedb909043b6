import { parseChallenge } from '../../core/challenge.ts';
import { limits } from '../../core/limits.ts';
import { type ExtensionMessage, parsePageMessage } from '../../core/page-protocol.ts';
import {
  boolean,
  encodedBytes,
  host,
  nothing,
  object,
  origin,
  type Parsed,
  type Parser,
  string,
  tagged,
} from '../../core/parse.ts';
import type { Caller, CallerKind } from './caller.ts';
import type { View } from './view.ts';

/** A question to the background: who may ask it, how it is read, and what the answer is. */
interface Method<Input, Output> {
  readonly callers: readonly CallerKind[];
  readonly parse: Parser<Input>;
  /** For its type only. */
  readonly output?: Output;
}

/** A port to the background: who may open it, how what goes up is read, and what comes down. */
interface Stream<Kind extends CallerKind, Up, Down> {
  readonly callers: readonly Kind[];
  readonly parse: Parser<Up>;
  /** For its type only. */
  readonly down?: Down;
}

function method<Input, Output>(callers: CallerKind[], parse: Parser<Input>): Method<Input, Output> {
  return { callers, parse };
}

function stream<Kind extends CallerKind, Up, Down>(callers: Kind[], parse: Parser<Up>): Stream<Kind, Up, Down> {
  return { callers, parse };
}

const id = encodedBytes(16);
const ofRequest = object({ id });
const ofPairing = object({ pairing: id });
const ofHost = object({ host });
const ofAccount = object({ origin, account: string(limits.nameCharacters) });
const ofRelay: Parser<{ origin: string | null }> = (value, field = 'input') => {
  const { origin: given } = object({ origin: (of: unknown, at?: string) => (of === null ? null : origin(of, at)) })(
    value,
    field,
  );
  return { origin: given };
};

/** Every question: its types, its validation and its authorisation. */
export const methods = {
  /** The person wants the password for this request. */
  'request/password': method<{ id: string }, null>(['extension-page'], ofRequest),
  /** The person has seen how the last request ended. */
  'request/dismiss': method<null, null>(['extension-page'], nothing),
  /** Whether the person lets this page's host show numbers, where that is not fixed. */
  'page/granted': method<null, boolean>(['content-script'], nothing),
  /** Look at the page in front, where no script of ours is: the person has just opened the popup on it. */
  'page/look': method<null, null>(['extension-page'], nothing),
  /** The warning was read. */
  'warning/dismiss': method<{ id: string }, null>(['extension-page'], ofRequest),
  /** Closes the tab that it is about. */
  'warning/close-page': method<{ id: string }, null>(['extension-page'], ofRequest),
  /** The person has allowed this host, and the browser has asked them. */
  'hosts/add': method<{ host: string }, null>(['extension-page'], ofHost),
  'hosts/remove': method<{ host: string }, null>(['extension-page'], ofHost),
  'pairing/begin': method<null, null>(['extension-page'], nothing),
  /** A phone is paired once more, and this pairing with it ends once the new one counts. */
  'pairing/update': method<{ pairing: string }, null>(['extension-page'], ofPairing),
  'pairing/cancel': method<null, null>(['extension-page'], nothing),
  /** The six digits are the same. */
  'pairing/confirm': method<{ pairing: string }, null>(['extension-page'], ofPairing),
  /** They are not. */
  'pairing/refuse': method<{ pairing: string }, null>(['extension-page'], ofPairing),
  /** What the person calls a phone; empty for what it calls itself. */
  'phone/rename': method<{ pairing: string; name: string }, null>(
    ['extension-page'],
    object({ pairing: id, name: string(limits.nameCharacters) }),
  ),
  /** Does this phone ring? */
  'ring-test/begin': method<{ pairing: string }, null>(['extension-page'], ofPairing),
  /** The person has seen how far it came. */
  'ring-test/close': method<null, null>(['extension-page'], nothing),
  'phone/unpair': method<{ pairing: string }, null>(['extension-page'], ofPairing),
  /** What happened to a phone's pairings was read. */
  'phone/dismiss': method<null, null>(['extension-page'], nothing),
  'settings/number-on-phone': method<{ is: boolean }, null>(['extension-page'], object({ is: boolean })),
  /** From now on the password at once for this request's site and account. */
  'settings/add-password': method<{ id: string }, null>(['extension-page'], ofRequest),
  'settings/remove-password': method<{ origin: string; account: string }, null>(['extension-page'], ofAccount),
  /** The relay for new pairings; null for the one that Tandem comes with. */
  'settings/relay': method<{ origin: string | null }, null>(['extension-page'], ofRelay),
} as const;

/** What a content script says of its page's request: first who it is for, then what the page says. */
const requestUp = tagged('type', {
  begin: { challenge: parseChallenge },
  /** It was begun before, and the background may have been ended since. */
  resume: { id },
  page: { message: parsePageMessage },
});

/** `null`: the background is there. `taken` answers each sighting; `open`: something is waited for on this page. */
export type SightingsDown = null | { type: 'taken'; open: boolean } | { type: 'over'; what: 'number' | 'stranger' };

/** Every port, as `methods`. */
export const streams = {
  /** The whole view, at once and on each change. */
  state: stream<'extension-page', null, View>(['extension-page'], nothing),
  /** Open while a person looks at the pairing code, which is then renewed. */
  'pairing-watch': stream<'extension-page', null, null>(['extension-page'], nothing),
  /**
   * What a content script sees of numbers on somebody else's page. The background parses it against where the browser
   * says that the page is (`admit`); what comes down says when the port is of no more use.
   */
  sightings: stream<'content-script' | 'watching-script', unknown, SightingsDown>(
    ['content-script', 'watching-script'],
    (value) => value,
  ),
  /** One page's request. */
  request: stream<'content-script', Parsed<typeof requestUp>, ExtensionMessage>(['content-script'], requestUp),
} as const;

type Methods = typeof methods;
export type MethodName = keyof Methods;
export type InputOf<Name extends MethodName> = Methods[Name] extends Method<infer Input, unknown> ? Input : never;
export type OutputOf<Name extends MethodName> = Methods[Name] extends Method<unknown, infer Output> ? Output : never;

type Streams = typeof streams;
export type StreamName = keyof Streams;
export type CallerOf<Name extends StreamName> = Extract<Caller, { kind: Streams[Name]['callers'][number] }>;
export type UpOf<Name extends StreamName> = Streams[Name] extends Stream<CallerKind, infer Up, unknown> ? Up : never;
export type DownOf<Name extends StreamName> =
  Streams[Name] extends Stream<CallerKind, unknown, infer Down> ? Down : never;
