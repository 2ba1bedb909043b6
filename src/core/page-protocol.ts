import { errorCodes } from './errors.ts';
import { type Answer, parseAnswer } from './messages.ts';
import { oneOf, optional, type Parsed, tagged } from './parse.ts';
import { denyReasons, ends, stages } from './request.ts';

// Between a native page and the content script (docs/protocol.md §6). The page posts `PageHello` to its own window with
// one MessagePort; all else goes over that port. Neither side trusts the other: each parses what it gets.

/** The property that marks the page's one window message. */
export const pageHelloVersion = 1;

export interface PageHello {
  tandem: typeof pageHelloVersion;
  challenge: unknown;
}

/** What a page may say of its request once it is running. */
const pageMessage = tagged('type', {
  /** The person wants the password, the page's time is over, or the page gave up. */
  password: {},
  'timed-out': {},
  gone: {},
  /** What the identity provider made of the answer. */
  approved: {},
  mismatched: {},
  failed: { code: oneOf(...errorCodes) },
});
export type PageMessage = Parsed<typeof pageMessage>;
export const parsePageMessage = (value: unknown): PageMessage => pageMessage(value, 'page');

/** What the extension tells the page. The first, whichever it is, shows that an extension is there. */
const extensionMessage = tagged('type', {
  status: { stage: oneOf(...stages), trouble: optional(oneOf(...errorCodes)) },
  answer: { answer: parseAnswer },
  ended: { end: oneOf(...ends), reason: optional(oneOf(...denyReasons)), code: optional(oneOf(...errorCodes)) },
});
export type ExtensionMessage = Parsed<typeof extensionMessage>;
export const parseExtensionMessage = (value: unknown): ExtensionMessage => extensionMessage(value, 'extension');

/** The answers that reach a page: what a phone cannot do ends the request instead. */
export type PageAnswer = Extract<Answer, { decision: 'approve' | 'register' }>;
