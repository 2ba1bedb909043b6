import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../src/core/errors.ts';
import { limits } from '../../src/core/limits.ts';
import {
  advance,
  begin,
  deadline,
  denyReasons,
  type End,
  ends,
  isEnded,
  msLeft,
  type RequestEvent,
  type RequestLife,
  type Stage,
  stages,
} from '../../src/core/request.ts';
import { propertyRuns } from '../support/property-runs.ts';

const start = 1_800_000_000_000;
const life = limits.requestLifeMs;

const laterStages = stages.slice(1) as Exclude<Stage, 'detected'>[];
const plainEnds = ends.filter((end) => end !== 'denied' && end !== 'failed') as Exclude<End, 'denied' | 'failed'>[];
const code = fc.constantFrom(...errorCodes);
const anyEvent: fc.Arbitrary<RequestEvent> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...laterStages).map((type) => ({ type })) },
  { weight: 1, arbitrary: fc.constantFrom(...plainEnds).map((type) => ({ type })) },
  { weight: 1, arbitrary: fc.constantFrom(...denyReasons).map((reason) => ({ type: 'denied' as const, reason })) },
  { weight: 1, arbitrary: fc.constant({ type: 'denied' as const }) },
  { weight: 1, arbitrary: code.map((of) => ({ type: 'failed' as const, code: of })) },
  { weight: 2, arbitrary: fc.option(code).map((of) => ({ type: 'trouble' as const, code: of })) },
  { weight: 2, arbitrary: fc.constant({ type: 'tick' as const }) },
);
/** Any order, repetition and loss, with a clock that may stand, jump or go backwards. */
const anyCourse = fc.array(fc.tuple(anyEvent, fc.integer({ min: start - 5_000, max: start + life + 30_000 })), {
  maxLength: 25,
});

function rank(of: RequestLife): number {
  return isEnded(of) ? stages.length : stages.indexOf(of.phase as Stage);
}

/** Every value on the way, the first included, with the event and time that led to the next. */
function course(steps: readonly (readonly [RequestEvent, number])[]) {
  let current = begin(start);
  return steps.map(([event, now]) => {
    const before = current;
    current = advance(before, event, now);
    return { before, event, now, after: current };
  });
}

function holds(check: (step: ReturnType<typeof course>[number]) => void): void {
  fc.assert(
    fc.property(anyCourse, (steps) => {
      for (const step of course(steps)) check(step);
    }),
    propertyRuns(500),
  );
}

describe('under any order, repetition and loss of events, with any clock', () => {
  it('ends absorb', () => {
    holds(({ before, after }) => {
      if (isEnded(before)) expect(after).toBe(before);
    });
  });

  it('stages only go forward', () => {
    holds(({ before, now, after }) => {
      expect(rank(after)).toBeGreaterThanOrEqual(rank(before));
      if (after.phase === before.phase && now >= start) expect(after.reachedAt).toBe(before.reachedAt);
    });
  });

  it('a repeated or late event gives the identical value', () => {
    holds(({ event, now, after }) => {
      expect(advance(after, event, now)).toBe(after);
      for (const stage of laterStages.slice(0, Math.max(0, rank(after)))) {
        if (now < deadline(after)) expect(advance(after, { type: stage }, now)).toBe(after);
      }
    });
  });

  it('nothing but a time-out comes once the time is over', () => {
    holds(({ before, now, after }) => {
      if (!isEnded(before) && now >= deadline(before)) {
        expect(after.phase).toBe('timed-out');
        expect('reason' in after || 'code' in after).toBe(false);
      }
    });
  });

  it('no time-out comes before', () => {
    holds(({ before, event, now, after }) => {
      const over = now >= deadline(before);
      if (!isEnded(before) && after.phase === 'timed-out') expect(over || event.type === 'timed-out').toBe(true);
    });
  });

  it('an open request takes every end in time, with its reason', () => {
    holds(({ before, event, now, after }) => {
      if (isEnded(before) || now >= deadline(before) || !(ends as readonly string[]).includes(event.type)) return;
      expect(after.phase).toBe(event.type);
      expect(after.reason).toBe('reason' in event ? event.reason : undefined);
      expect(after.code).toBe('code' in event ? event.code : undefined);
      expect(after.reachedAt[after.phase]).toBe(now);
    });
  });

  it('what is left is never negative, never more than there was, and nothing after the end', () => {
    holds(({ now, after }) => {
      expect(msLeft(after, now)).toBeGreaterThanOrEqual(0);
      expect(msLeft(after, now)).toBeLessThanOrEqual(life);
      if (isEnded(after)) expect(msLeft(after, now)).toBe(0);
    });
  });

  it('it ends within twice its time where the clock is set once, however far', () => {
    const jumpMs = fc.integer({ min: -48 * 3_600_000, max: 48 * 3_600_000 });
    const reached = fc.array(fc.tuple(fc.constantFrom(...laterStages), fc.integer({ min: 0, max: life })));
    fc.assert(
      fc.property(jumpMs, fc.integer({ min: 0, max: life }), reached, (byMs, jumpsAt, events) => {
        /** What a clock shows so many ms after the beginning that are told by no clock. */
        const shown = (ms: number) => start + ms + (ms < jumpsAt ? 0 : byMs);
        let current = begin(start);
        for (const [type, ms] of events.sort(([, left], [, right]) => left - right)) {
          current = advance(current, { type }, shown(ms));
        }
        let ms = life;
        for (let ticks = 0; ticks < 3 && !isEnded(current); ticks++) {
          current = advance(current, { type: 'tick' }, shown(ms));
          expect(msLeft(current, shown(ms))).toBeLessThanOrEqual(life);
          if (!isEnded(current)) ms += deadline(current) - shown(ms);
        }
        expect(isEnded(current)).toBe(true);
        expect(ms).toBeLessThanOrEqual(2 * life + limits.verificationGraceMs);
      }),
      propertyRuns(500),
    );
  });

  it('values are replaced and never changed, and stay JSON', () => {
    holds(({ before, event, now, after }) => {
      const frozen = Object.freeze({ ...before, reachedAt: Object.freeze({ ...before.reachedAt }) });
      expect(advance(frozen, event, now)).toEqual(after);
      expect(JSON.parse(JSON.stringify(after))).toEqual(after);
      expect(after.expiresAt - (after.reachedAt.detected ?? 0)).toBe(life);
    });
  });

  it('trouble holds an open request up until it goes on or the trouble is over', () => {
    holds(({ before, event, now, after }) => {
      if (after.phase !== before.phase) expect('trouble' in after).toBe(false);
      else if (event.type === 'trouble' && !isEnded(before) && now < deadline(before)) {
        expect(after.trouble ?? null).toBe(event.code);
      }
    });
  });
});

describe('a request', () => {
  const at = (...events: RequestEvent['type'][]) =>
    events.reduce((current, type) => advance(current, { type } as RequestEvent, start + 1), begin(start));

  it('begins detected and lives 60 s, or as long as the page says, 300 s at most', () => {
    expect(begin(start)).toEqual({ phase: 'detected', expiresAt: start + 60_000, reachedAt: { detected: start } });
    expect(begin(start, 90_000).expiresAt).toBe(start + 90_000);
    expect(begin(start, 1_000_000).expiresAt).toBe(start + 300_000);
  });

  it('may skip stages whose events were lost', () => {
    const opened = at('opened');
    expect(opened.phase).toBe('opened');
    expect(Object.keys(opened.reachedAt)).toEqual(['detected', 'opened']);
    expect(at('opened', 'received', 'stored', 'sent')).toEqual(opened);
  });

  it('times out to the millisecond', () => {
    expect(advance(begin(start), { type: 'tick' }, start + life - 1).phase).toBe('detected');
    expect(advance(begin(start), { type: 'tick' }, start + life).phase).toBe('timed-out');
    expect(advance(begin(start), { type: 'approved' }, start + life).phase).toBe('timed-out');
    expect(advance(begin(start), { type: 'answered' }, start + life).phase).toBe('timed-out');
  });

  it('answered in time may be verified for 10 s more', () => {
    const answered = advance(begin(start), { type: 'answered' }, start + life - 1);
    expect(deadline(answered)).toBe(start + life + 10_000);
    expect(msLeft(answered, start + life)).toBe(0);
    expect(advance(answered, { type: 'tick' }, start + life + 9_999)).toBe(answered);
    expect(advance(answered, { type: 'approved' }, start + life + 9_999).phase).toBe('approved');
    expect(advance(answered, { type: 'approved' }, start + life + 10_000).phase).toBe('timed-out');
  });

  it('goes on with what it had left where its clock is set back to before it began', () => {
    const sent = advance(begin(start), { type: 'sent' }, start + 10_000);
    const back = start - 3_600_000;
    expect(advance(sent, { type: 'stored' }, back)).toEqual({
      phase: 'stored',
      expiresAt: back + 50_000,
      reachedAt: { detected: back - 10_000, sent: back, stored: back },
    });
    expect(advance(advance(sent, { type: 'tick' }, back), { type: 'tick' }, back + 50_000).phase).toBe('timed-out');
  });

  it('knows no event that it does not know', () => {
    for (const type of ['detected', 'toString', '__proto__', 'constructor', '']) {
      const current = at('sent');
      expect(advance(current, { type } as unknown as RequestEvent, start + 1)).toBe(current);
    }
  });
});
