import { useEffect, useState } from 'preact/hooks';

/** The time by `now`, ms, renewed each second on its second; `running` false stops it. */
export function useNow(now: () => number, running = true): number {
  const [time, setTime] = useState(now);
  useEffect(() => {
    if (!running) return;
    setTime(now());
    const timer = setInterval(() => setTime(now()), 1000);
    return () => clearInterval(timer);
  }, [now, running]);
  return time;
}
