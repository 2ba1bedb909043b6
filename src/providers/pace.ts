/** Share of the main thread that looking may take on a page that never rests. */
const share = 1 / 150;
/** Least time between two looks, ms: a frame. */
const frameMs = 16;
/** Looks per second in a tab that nobody sees, where timers come late and nothing can stutter. */
const hiddenLooks = 50;

/**
 * Says when to look. The function that it gives is called at every sign of change: it looks at once when there was
 * rest before, else once more as soon as its share of time allows. In a hidden tab, where a timer may come a second or
 * a minute late, it looks at once, up to 50 times a second.
 */
export function createPace(window: Window, look: () => void, signal: AbortSignal): () => void {
  const { document, performance } = window;
  let timer: number | undefined;
  let cost = 0;
  let next = 0;
  let second = 0;
  let looks = 0;

  const lookNow = () => {
    window.clearTimeout(timer);
    timer = undefined;
    const began = performance.now();
    look();
    const ended = performance.now();
    // One slow look, as the first always is, must not hold up the next ones.
    cost += (ended - began - cost) / 8;
    next = ended + Math.max(frameMs, cost / share);
  };

  const mayLookHidden = (now: number) => {
    if (now - second > 1000) [second, looks] = [now, 0];
    return document.hidden && ++looks <= hiddenLooks;
  };

  signal.addEventListener('abort', () => window.clearTimeout(timer), { once: true });
  return () => {
    if (signal.aborted) return;
    const now = performance.now();
    if (now >= next || mayLookHidden(now)) lookNow();
    else timer ??= window.setTimeout(lookNow, next - now);
  };
}
