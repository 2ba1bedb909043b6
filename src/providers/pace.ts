/** Share of the main thread that looking may take on a page that never rests. */
const share = 1 / 600;
/** Time that looking may take beyond its share, ms: for a page that has just loaded, or woke up. */
const creditMs = 8;
/** Least time between two looks, ms: a frame. */
const frameMs = 16;
/** Most time between a change and the look at it, ms, also where a computer that is busy made looks seem slow. */
const mostMs = 500;
/** Looks per second in a tab that nobody sees, where timers come late and nothing can stutter. */
const hiddenLooks = 50;

/** What is paced. While a look is due anyway, no change needs to be noticed: `rest` and `wake` stop and start that. */
export interface Paced {
  look(): void;
  rest(): void;
  wake(): void;
}

/**
 * Says when to look. The function that it gives is called at every sign of change: it looks at once when there was
 * rest before, else once more as soon as its share of time allows. In a hidden tab, where a timer may come a second or
 * a minute late, it looks at once, up to 50 times a second.
 */
export function createPace(window: Window, { look, rest, wake }: Paced, signal: AbortSignal): () => void {
  const { document, performance } = window;
  let timer: number | undefined;
  let credit = creditMs;
  let ended = 0;
  let took = 0;
  let next = 0;
  let second = 0;
  let looks = 0;

  const lookNow = () => {
    if (timer !== undefined) wake();
    window.clearTimeout(timer);
    timer = undefined;
    const began = performance.now();
    credit = Math.min(creditMs, credit + (began - ended) * share);
    look();
    ended = performance.now();
    // The computer may have done something else in between: what is slow itself is so twice.
    const before = took;
    took = ended - began;
    credit = Math.max(credit - Math.min(took, before), -mostMs * share);
    next = ended + Math.max(frameMs, -credit / share);
  };

  const mayLookHidden = (now: number) => {
    if (now - second > 1000) [second, looks] = [now, 0];
    return document.hidden && ++looks <= hiddenLooks;
  };

  signal.addEventListener('abort', () => window.clearTimeout(timer), { once: true });
  return () => {
    if (signal.aborted || (timer !== undefined && !document.hidden)) return;
    const now = performance.now();
    if (now >= next || mayLookHidden(now)) lookNow();
    else if (timer === undefined) {
      timer = window.setTimeout(lookNow, next - now);
      if (!document.hidden) rest();
    }
  };
}
