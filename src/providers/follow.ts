import type { Controls, PageEnd } from './detect.ts';
import { graceMs, type Mover, outcomeOfMove } from './moving-on.ts';
import type { Provider } from './provider.ts';
import type { Outcome, Sighting } from './sighting.ts';

export interface Seen {
  readonly provider: Provider;
  readonly number: string;
  readonly account: string | null;
  readonly controls: Controls;
}

/** The clock that it is handed: `later` runs a function once after so many ms. */
export interface Clock {
  later(ms: number, run: () => void): void;
}

/** Follows one page's numbers and tells what happens to them. */
export interface Follow {
  /** The provider whose number is waited for, or null. */
  readonly waiting: Provider | null;
  /** A number is to be seen. */
  see(seen: Seen): void;
  /** No number is to be seen; `end` is what the page says instead. */
  miss(end: PageEnd | null): void;
  /** The page's address changed. */
  move(url: string, by: Mover): void;
  /** The page is about to go away; `url` is where to, as far as known. */
  leave(url: string | null, by: Mover): void;
  end(outcome: Outcome): void;
}

/** A number that goes is waited for during the grace time: it may come back, or the page may say what came of it. */
export function createFollow(
  report: (sighting: Sighting) => void,
  granted: readonly string[],
  { later }: Clock,
): Follow {
  let open: Seen | null = null;
  // Ended, and still on the page: it is not a new one.
  let over: Seen | null = null;
  let absence: object | null = null;

  const end = (outcome: Outcome) => {
    if (!open) return;
    over = open;
    open = null;
    absence = null;
    report({ type: 'ended', provider: over.provider.id, outcome });
  };

  return {
    get waiting() {
      return open?.provider ?? null;
    },
    see(seen) {
      absence = null;
      if (over && isSame(over, seen)) return;
      over = null;
      const before = open && isSame(open, seen) ? open : null;
      open = { ...seen, account: seen.account ?? before?.account ?? null };
      if (before && JSON.stringify(details(before)) === JSON.stringify(details(open))) return;
      report({ type: 'number', ...details(open) });
    },
    miss(state) {
      over = null;
      if (state) return end(state);
      if (!open || absence) return;
      const mine = {};
      absence = mine;
      later(graceMs, () => absence === mine && end('gone'));
    },
    move(url, by) {
      const outcome = open && outcomeOfMove(open.provider, url, by, granted);
      if (outcome) end(outcome);
    },
    leave(url, by) {
      if (!open) return;
      const outcome = url === null ? null : outcomeOfMove(open.provider, url, by, granted);
      if (outcome) return end(outcome);
      const left = open;
      report({ type: 'left', provider: left.provider.id, by });
      // Where the page is still here after all, it says so while it is still waited for.
      later(graceMs / 2, () => open === left && report({ type: 'number', ...details(left) }));
    },
    end,
  };
}

function isSame(one: Seen, other: Seen): boolean {
  return one.provider === other.provider && one.number === other.number;
}

function details({ provider, number, account, controls }: Seen) {
  return { provider: provider.id, number, controls, ...(account === null ? {} : { account }) };
}
