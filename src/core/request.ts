import type { ErrorCode } from './errors.ts';
import { limits } from './limits.ts';

/** How far a request that is still open has come, in order. `answered`: the phone has answered, the page is verifying. */
export const stages = ['detected', 'sent', 'stored', 'received', 'opened', 'answered'] as const;
export type Stage = (typeof stages)[number];

export const ends = [
  'approved',
  'denied',
  'mismatched',
  'timed-out',
  'superseded',
  'password',
  'gone',
  'failed',
] as const;
export type End = (typeof ends)[number];

export const denyReasons = ['not-me', 'by-mistake'] as const;
export type DenyReason = (typeof denyReasons)[number];

export type Phase = Stage | End;

/** The life of one request: one value, replaced by `advance` and never changed. Times in ms. */
export interface RequestLife {
  readonly phase: Phase;
  readonly expiresAt: number;
  /** When each stage, and the end, was reached. */
  readonly reachedAt: Readonly<Partial<Record<Phase, number>>>;
  /** What holds an open request up for now, such as a relay that cannot be reached. */
  readonly trouble?: ErrorCode;
  /** Why it was denied, where that was said. */
  readonly reason?: DenyReason;
  /** Why it failed. */
  readonly code?: ErrorCode;
}

export type RequestEvent =
  | { readonly type: Exclude<Stage, 'detected'> }
  | { readonly type: Exclude<End, 'denied' | 'failed'> }
  /** `reason`: where the one who denied it said why. */
  | { readonly type: 'denied'; readonly reason?: DenyReason }
  | { readonly type: 'failed'; readonly code: ErrorCode }
  | { readonly type: 'trouble'; readonly code: ErrorCode | null }
  /** Nothing but time has passed. */
  | { readonly type: 'tick' };

const order: ReadonlyMap<string, number> = new Map(stages.map((stage, at) => [stage, at]));
const endings: ReadonlySet<string> = new Set(ends);

/** A request whose number appeared at `now` and that lives `lifeMs` from then. */
export function begin(now: number, lifeMs: number = limits.requestLifeMs): RequestLife {
  const life = Math.min(lifeMs, limits.longestRequestLifeMs);
  return { phase: 'detected', expiresAt: now + life, reachedAt: { detected: now } };
}

/** Whether nothing can happen to it any more. */
export function isEnded(life: RequestLife): boolean {
  return endings.has(life.phase);
}

/** How long it has, ms; 0 once it ended, and never more than it had, whatever the clock does. */
export function msLeft(life: RequestLife, now: number): number {
  const began = life.reachedAt.detected ?? now;
  return isEnded(life) ? 0 : Math.max(0, life.expiresAt - Math.max(now, began));
}

/** When time alone ends it, ms. An answer that came in time may still be verified for a while. */
export function deadline(life: RequestLife): number {
  return life.phase === 'answered' ? life.expiresAt + limits.verificationGraceMs : life.expiresAt;
}

/**
 * What becomes of a request. Ends absorb, stages only go forward, and a repeated or late event gives the same value
 * back (`===`), so a caller knows that nothing is to be told. Once its time is over it is timed out, whatever the event.
 */
export function advance(before: RequestLife, event: RequestEvent, now: number): RequestLife {
  if (isEnded(before)) return before;
  const life = setBack(before, now);
  if (now >= deadline(life)) return reach(life, { type: 'timed-out' }, now);
  if (event.type === 'tick') return life;
  if (event.type === 'trouble') return trouble(life, event.code);
  if (endings.has(event.type)) return reach(life, event, now);
  const goesForward = (order.get(event.type) as number) > (order.get(life.phase) as number);
  return goesForward ? reach(life, event, now) : life;
}

/**
 * The same life by a clock that was set back to before it began: what was reached last, is reached now. Otherwise it would
 * live for as long as the clock was set back.
 */
function setBack(life: RequestLife, now: number): RequestLife {
  const { detected = now } = life.reachedAt;
  if (now >= detected) return life;
  const reached = Object.entries(life.reachedAt);
  const byMs = now - Math.max(...reached.map(([, at]) => at));
  const reachedAt = Object.fromEntries(reached.map(([phase, at]) => [phase, at + byMs]));
  return { ...life, expiresAt: life.expiresAt + byMs, reachedAt };
}

function reach(
  { trouble: _, ...life }: RequestLife,
  event: Exclude<RequestEvent, { type: 'tick' | 'trouble' }>,
  now: number,
): RequestLife {
  return {
    ...life,
    phase: event.type,
    reachedAt: { ...life.reachedAt, [event.type]: now },
    ...('reason' in event ? { reason: event.reason } : {}),
    ...('code' in event ? { code: event.code } : {}),
  };
}

function trouble(life: RequestLife, code: ErrorCode | null): RequestLife {
  if ((life.trouble ?? null) === code) return life;
  const { trouble: _, ...rest } = life;
  return code === null ? rest : { ...rest, trouble: code };
}
