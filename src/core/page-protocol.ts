import { type ErrorCode, errorCodes } from './errors.ts';
import type { Answer } from './messages.ts';
import { oneOf, type Parsed, tagged } from './parse.ts';
import type { DenyReason, End, Stage } from './request.ts';

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

/** The answers that reach a page: what a phone cannot do ends the request instead. */
export type PageAnswer = Extract<Answer, { decision: 'approve' | 'register' }>;

/** What the extension tells the page. The first, whichever it is, shows that an extension is there. */
export type ExtensionMessage =
  | { type: 'status'; stage: Stage; trouble?: ErrorCode }
  | { type: 'answer'; answer: PageAnswer }
  | { type: 'ended'; end: End; reason?: DenyReason; code?: ErrorCode };
