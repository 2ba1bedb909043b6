import type { ErrorCode } from '../../core/errors.ts';
import type { Asked, Held } from './held-request.ts';

/** How long a request may lie at the relay before its person is told to open the phone, ms: most that ring have it within two seconds. */
const patienceMs = 8_000;

const silences: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['phone-not-woken', 'phone-silent']);

/** Whether a trouble is one of `silenceOf`: the request waits for a person who opens the phone. */
export function isSilence(trouble: ErrorCode): boolean {
  return silences.has(trouble);
}

/** What its person is to know while no phone that could answer has taken a request; null while one may be about to. */
export function silenceOf(held: Held, now: number): ErrorCode | null {
  const lostAt = patienceEnd(held);
  if (lostAt === null) return null;
  if (awaitedOf(held).every(({ isWoken }) => isWoken === false)) return 'phone-not-woken';
  return now >= lostAt ? 'phone-silent' : null;
}

/** When time alone makes its phones silent, ms since 1970; null where it does not. */
export function silentAt(held: Held): number | null {
  return held.life.trouble ? null : patienceEnd(held);
}

/** Null for what no phone has to take, or one has taken. */
function patienceEnd(held: Held): number | null {
  const { phase, reachedAt } = held.life;
  const since = reachedAt.stored ?? reachedAt.sent;
  // One that cannot answer may have taken it before the others.
  const isUnderWay = phase === 'stored' || phase === 'received';
  const awaited = awaitedOf(held);
  if (held.kind === 'observed' || !isUnderWay || since === undefined) return null;
  return awaited.length === 0 || awaited.some(({ isTaken }) => isTaken) ? null : since + patienceMs;
}

function awaitedOf({ asked }: Held): readonly Asked[] {
  return asked.filter(({ cannot }) => cannot === undefined);
}
