import { describe, expect, it } from 'vitest';
import { entraMfa } from '../../src/providers/entra-mfa.ts';
import { createFollow, type Seen } from '../../src/providers/follow.ts';
import { googleDp } from '../../src/providers/google-dp.ts';
import { graceMs } from '../../src/providers/moving-on.ts';
import type { Sighting } from '../../src/providers/sighting.ts';

const controls = { password: false, otherWay: true, resend: false, cancel: false };
const seen: Seen = { provider: entraMfa, number: '42', account: null, controls };
const number = { type: 'number', provider: 'entra-mfa', number: '42', controls };

function setUp() {
  const told: Sighting[] = [];
  const timers: { at: number; run: () => void }[] = [];
  let now = 0;
  const follow = createFollow((sighting) => told.push(sighting), [], {
    later: (ms, run) => timers.push({ at: now + ms, run }),
  });
  const pass = (ms: number) => {
    now += ms;
    for (const { run } of timers.filter(({ at }) => at <= now)) run();
    timers.splice(0, timers.length, ...timers.filter(({ at }) => at > now));
  };
  return { told, follow, pass };
}

describe('a number on a page', () => {
  it('is told once while it stays, and again when another takes its place', () => {
    const { told, follow } = setUp();
    follow.see(seen);
    follow.see(seen);
    follow.see({ ...seen, number: '07' });
    expect(told).toEqual([number, { ...number, number: '07' }]);
  });

  it('is told again when its account becomes known, and not when the account goes', () => {
    const { told, follow } = setUp();
    follow.see(seen);
    follow.see({ ...seen, account: 'adele@contoso.example' });
    follow.see(seen);
    expect(told).toEqual([number, { ...number, account: 'adele@contoso.example' }]);
  });

  it('that goes and comes back in time is the same request', () => {
    const { told, follow, pass } = setUp();
    follow.see(seen);
    follow.miss(null);
    pass(graceMs - 1);
    follow.see(seen);
    pass(graceMs);
    expect(told).toEqual([number]);
  });

  it('is gone after the grace time, however often it is missed', () => {
    const { told, follow, pass } = setUp();
    follow.see(seen);
    follow.miss(null);
    pass(graceMs / 2);
    follow.miss(null);
    pass(graceMs / 2);
    expect(told).toEqual([number, { type: 'ended', provider: 'entra-mfa', outcome: 'gone' }]);
  });

  it('ends as the page says, once', () => {
    const { told, follow, pass } = setUp();
    follow.see(seen);
    follow.miss(null);
    follow.miss('denied');
    follow.miss('timed-out');
    pass(graceMs);
    expect(told).toEqual([number, { type: 'ended', provider: 'entra-mfa', outcome: 'denied' }]);
  });

  it('that stays on the page after its end is not a new one until it was gone', () => {
    const { told, follow } = setUp();
    follow.see(seen);
    follow.end('password');
    follow.see(seen);
    expect(told).toHaveLength(2);
    follow.miss(null);
    follow.see(seen);
    expect(told.at(-1)).toEqual(number);
  });

  it('is approved by a page that goes elsewhere, and left by a person who does', () => {
    const { told, follow } = setUp();
    follow.see(seen);
    follow.leave('https://portal.contoso.example/', 'person');
    expect(told.at(-1)).toEqual({ type: 'left', provider: 'entra-mfa', by: 'person' });
    follow.leave('https://portal.contoso.example/', 'page');
    expect(told.at(-1)).toEqual({ type: 'ended', provider: 'entra-mfa', outcome: 'approved' });
  });

  it('is told again by a page that was to go and stayed', () => {
    const { told, follow, pass } = setUp();
    follow.see(seen);
    follow.leave(null, 'page');
    pass(graceMs);
    expect(told).toEqual([number, { type: 'left', provider: 'entra-mfa', by: 'page' }, number]);
  });

  it('ends by an address in the same document', () => {
    const { told, follow } = setUp();
    follow.see({ ...seen, provider: googleDp });
    follow.move('https://accounts.google.com/v3/signin/challenge/dp/2', 'page');
    expect(told).toHaveLength(1);
    follow.move('https://accounts.google.com/v3/signin/rejected', 'page');
    expect(told.at(-1)).toEqual({ type: 'ended', provider: 'google-dp', outcome: 'denied' });
  });

  it('that never was ends in nothing', () => {
    const { told, follow, pass } = setUp();
    follow.miss('denied');
    follow.leave(null, 'page');
    follow.move('https://portal.contoso.example/', 'page');
    follow.end('gone');
    pass(graceMs);
    expect(told).toEqual([]);
    expect(follow.waiting).toBeNull();
  });
});
