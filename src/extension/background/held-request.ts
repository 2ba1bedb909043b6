import { type Challenge, parseChallenge } from '../../core/challenge.ts';
import { type ErrorCode, errorCodes } from '../../core/errors.ts';
import { parseAnswer } from '../../core/messages.ts';
import type { ExtensionMessage, PageAnswer } from '../../core/page-protocol.ts';
import {
  array,
  boolean,
  encodedBytes,
  integer,
  object,
  oneOf,
  optional,
  origin,
  type Parser,
} from '../../core/parse.ts';
import {
  denyReasons,
  type End,
  ends,
  isEnded,
  type Phase,
  type RequestLife,
  type Stage,
  stages,
} from '../../core/request.ts';
import type { RequestView } from '../messaging/view.ts';

/** A phone that was asked. */
export interface Asked {
  pairing: string;
  conversation: string;
  /** Why it has no answer to give. */
  cannot?: ErrorCode;
}

/** One page's request as the background holds it: JSON, replaced and never changed. */
export interface Held {
  readonly challenge: Challenge;
  /** The page's, from the browser. */
  readonly origin: string;
  readonly tab: number;
  readonly life: RequestLife;
  readonly asked: readonly Asked[];
  /** The phone's approval, for the page. */
  readonly answer?: PageAnswer;
  /** The conversation of the phone that decided. */
  readonly answeredIn?: string;
  /** Whether the phones have been told how it ended. */
  readonly told: boolean;
}

const id = encodedBytes(16);
const code = oneOf(...errorCodes);
const time = integer(0, Number.MAX_SAFE_INTEGER);
const phases: readonly Phase[] = [...stages, ...ends];
const life = object({
  phase: oneOf(...phases),
  expiresAt: time,
  reachedAt: object(Object.fromEntries(phases.map((phase) => [phase, optional(time)]))),
  trouble: optional(code),
  reason: optional(oneOf(...denyReasons)),
  code: optional(code),
}) as Parser<RequestLife>;
const pageAnswer: Parser<PageAnswer> = (value, field) => parseAnswer(value, field) as PageAnswer;

/** A request at rest. Throws `malformed-message` or `malformed-challenge` for one of another version. */
export const parseHeld: Parser<Held> = object({
  challenge: parseChallenge,
  origin,
  tab: integer(0, Number.MAX_SAFE_INTEGER),
  life,
  asked: array(object({ pairing: id, conversation: id, cannot: optional(code) }), 0, 1_000),
  answer: optional(pageAnswer),
  answeredIn: optional(id),
  told: boolean,
}) as Parser<Held>;

/** When it ended, ms; null while it is open. */
export function endedAt({ life }: Held): number | null {
  return isEnded(life) ? (life.reachedAt[life.phase] ?? 0) : null;
}

/** What its page is to know now. */
export function pageMessageOf({ life, answer }: Held): ExtensionMessage {
  if (isEnded(life)) {
    return {
      type: 'ended',
      end: life.phase as End,
      ...(life.reason ? { reason: life.reason } : {}),
      ...(life.code ? { code: life.code } : {}),
    };
  }
  if (life.phase === 'answered' && answer) return { type: 'answer', answer };
  return { type: 'status', stage: life.phase as Stage, ...(life.trouble ? { trouble: life.trouble } : {}) };
}

export function requestView({ challenge, origin, life }: Held): RequestView {
  return {
    id: challenge.id,
    type: challenge.type,
    number: challenge.type === 'sign-in' ? challenge.number : null,
    site: challenge.site,
    origin,
    account: challenge.account,
    life,
  };
}
