import { type Challenge, parseChallenge } from '../../core/challenge.ts';
import { type ErrorCode, errorCodes } from '../../core/errors.ts';
import { limits } from '../../core/limits.ts';
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
  string,
  tagged,
} from '../../core/parse.ts';
import { type End, isEnded, type RequestLife, type Stage } from '../../core/request.ts';
import { requestLife } from '../../core/request-life.ts';
import type { Pressed } from '../../providers/press.ts';

/** A phone that was asked. */
export interface Asked {
  pairing: string;
  conversation: string;
  /** Why it has no answer to give. */
  cannot?: ErrorCode;
  /** What it was asked by, 16 bytes, base64url. */
  message?: string;
  /** Whether its push service took the word that something waits; missing while that is not known, or needed. */
  isWoken?: boolean;
  /** It has the request. */
  isTaken?: boolean;
  /** The account that it was told; missing while a page that is watched did not name it. */
  account?: string;
}

/** One page's request as the background holds it: JSON, replaced and never changed. */
interface OfAnyKind {
  readonly id: string;
  /** The page's, from the browser. */
  readonly origin: string;
  readonly tab: number;
  readonly life: RequestLife;
  readonly asked: readonly Asked[];
  /** Whether the phones have been told how it ended. */
  readonly told: boolean;
  /** Whether the person has seen how it ended. */
  readonly isSeen?: boolean;
}

/** A request that the page made itself. */
export interface Challenged extends OfAnyKind {
  readonly kind: 'challenge';
  readonly challenge: Challenge;
  /** The phone's approval, for the page. */
  readonly answer?: PageAnswer;
  /** The conversation of the phone that decided. */
  readonly answeredIn?: string;
}

/** A number that stands on a page of somebody else's. */
export interface Observed extends OfAnyKind {
  readonly kind: 'observed';
  readonly seen: SeenNumber;
  /** What became of the wish for the password, where the page did not go there at once. */
  readonly pressed?: Exclude<Pressed, 'password'>;
  /** No phone hears of it: here the person always wants the password. */
  readonly isQuiet?: boolean;
}

export type Held = Challenged | Observed;

/** What a page shows of its request. */
export interface SeenNumber {
  /** `Provider.id`. */
  readonly provider: string;
  /** `requestKey`. */
  readonly key: string;
  readonly number: string;
  /** Where the page names it, or the step before did. */
  readonly account?: string;
}

const id = encodedBytes(16);
const code = oneOf(...errorCodes);
const pageAnswer: Parser<PageAnswer> = (value, field) => parseAnswer(value, field) as PageAnswer;

const text = string(limits.urlCharacters);

const ofAnyKind = {
  id,
  origin,
  tab: integer(0, Number.MAX_SAFE_INTEGER),
  life: requestLife,
  asked: array(
    object({
      pairing: id,
      conversation: id,
      cannot: optional(code),
      message: optional(id),
      isWoken: optional(boolean),
      isTaken: optional(boolean),
      account: optional(text),
    }),
    0,
    1_000,
  ),
  told: boolean,
  isSeen: optional(boolean),
};

/** A request at rest. Throws `malformed-message` or `malformed-challenge` for one of another version. */
export const parseHeld = tagged('kind', {
  challenge: { ...ofAnyKind, challenge: parseChallenge, answer: optional(pageAnswer), answeredIn: optional(id) },
  observed: {
    ...ofAnyKind,
    seen: object({ provider: text, key: text, number: text, account: optional(text) }),
    pressed: optional(oneOf('other-way', 'none')),
    isQuiet: optional(boolean),
  },
}) as Parser<Held>;

/** For whom it is; undefined where a page that is watched does not name it. */
export function accountOf(held: Held): string | undefined {
  return held.kind === 'observed' ? held.seen.account : held.challenge.account;
}

/** When it ended, ms; null while it is open. */
export function endedAt({ life }: Held): number | null {
  return isEnded(life) ? (life.reachedAt[life.phase] ?? 0) : null;
}

/** Pairings of phones that could have answered, where its time is over and it was seen on none of those that were asked. */
export function missedBy({ life, asked }: Held): string[] {
  if (life.phase !== 'timed-out' || life.reachedAt.opened !== undefined) return [];
  return asked.filter(({ cannot }) => cannot === undefined).map(({ pairing }) => pairing);
}

/** What its page is to know now. */
export function pageMessageOf(held: Held): ExtensionMessage {
  const { life } = held;
  if (isEnded(life)) {
    return {
      type: 'ended',
      end: life.phase as End,
      ...(life.reason ? { reason: life.reason } : {}),
      ...(life.code ? { code: life.code } : {}),
    };
  }
  if (life.phase === 'answered' && held.kind === 'challenge' && held.answer) {
    return { type: 'answer', answer: held.answer };
  }
  return { type: 'status', stage: life.phase as Stage, ...(life.trouble ? { trouble: life.trouble } : {}) };
}
