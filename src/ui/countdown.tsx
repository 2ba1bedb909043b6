import { t } from './text.ts';
import { useNow } from './use-now.ts';

const radius = 32;
const round = 2 * Math.PI * radius;
/** A screen reader hears these, and not every second. */
const spoken = new Set([60, 30, 10]);

interface Props {
  /** By `now`'s clock, ms. */
  expiresAt: number;
  /** What a full ring stands for, ms. */
  wholeMs: number;
  now: () => number;
}

/** How long is left, as a ring and in seconds. */
export function Countdown({ expiresAt, wholeMs, now }: Props) {
  // A clock that was set back gives nobody more time.
  const leftMs = Math.min(wholeMs, Math.max(0, expiresAt - useNow(now)));
  const seconds = Math.ceil(leftMs / 1000);
  const share = leftMs / wholeMs;
  return (
    <div
      class={seconds <= 10 ? 'countdown countdown-low' : 'countdown'}
      role="timer"
      aria-label={t('common_seconds_left', seconds)}
    >
      <svg viewBox="0 0 72 72" aria-hidden="true">
        <circle cx="36" cy="36" r={radius} />
        <circle
          class="countdown-left"
          cx="36"
          cy="36"
          r={radius}
          stroke-dasharray={round}
          stroke-dashoffset={round * (1 - share)}
        />
      </svg>
      <span class="countdown-seconds" aria-hidden="true">
        {seconds}
      </span>
      <span class="visually-hidden" aria-live="polite">
        {spoken.has(seconds) ? t('common_seconds_left', seconds) : ''}
      </span>
    </div>
  );
}
