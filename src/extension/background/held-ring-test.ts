import { errorCodes } from '../../core/errors.ts';
import { limits } from '../../core/limits.ts';
import { orNull } from '../../core/or-null.ts';
import {
  array,
  boolean,
  encodedBytes,
  integer,
  object,
  oneOf,
  optional,
  type Parsed,
  string,
} from '../../core/parse.ts';
import type { RingHop } from '../messaging/view.ts';

/** How long each hop may take, ms. */
const patienceMs = 15_000;
/** Phones whose tests are kept: more than a person has. */
export const mostKept = 16;

const id = encodedBytes(16);
const time = integer(0, Number.MAX_SAFE_INTEGER);
const after = optional(time);
const saved = array(
  object({
    id,
    pairing: id,
    relay: string(limits.urlCharacters),
    /** ms since 1970. */
    startedAt: time,
    /** When the last hop was passed, ms since 1970. */
    movedAt: time,
    /** The message at the relay, once it was given to it. */
    sent: optional(id),
    phone: string(limits.nameCharacters),
    isAsked: boolean,
    passed: object({ worker: after, relay: after, push: after, phone: after, shown: after, opened: after }),
    failed: optional(oneOf(...errorCodes)),
  }),
  0,
  mostKept,
);

/** One phone's test as the background holds it: JSON, replaced and never changed. */
export type HeldRingTest = Parsed<typeof saved>[number];

/** Tests at rest; none where they cannot be read. */
export function parseRingTests(stored: unknown, field: string): HeldRingTest[] {
  return stored === undefined ? [] : (orNull(() => saved(stored, field)) ?? []);
}

/** Nothing more is waited for, or the tap alone. */
export function isOver({ failed, passed }: HeldRingTest): boolean {
  return failed !== undefined || passed.shown !== undefined;
}

/** When the next hop is late, ms since 1970. */
export function lateAt({ movedAt }: HeldRingTest): number {
  return movedAt + patienceMs;
}

/** What a hop that was passed changes: nothing the second time. `now`: ms since 1970. */
export function passing({ startedAt, passed }: HeldRingTest, hop: RingHop, now: number): Partial<HeldRingTest> {
  return passed[hop] === undefined
    ? { passed: { ...passed, [hop]: Math.max(0, now - startedAt) }, failed: undefined, movedAt: now }
    : {};
}
