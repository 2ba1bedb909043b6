import type { End } from '../../core/request.ts';
import type { NumberMatchResult } from '../../page/tandem.ts';
import { t, textOf } from '../../ui/text.ts';
import { known } from './number-match.tsx';

const nexts: Partial<Record<End, () => string>> = {
  mismatched: () => t('provider_next_mismatched'),
  'timed-out': () => t('provider_next_timed_out'),
  superseded: () => t('provider_next_superseded'),
};

/** What happened to a request, and what to do next. */
export function endText({ end, reason, code }: NumberMatchResult): { title: string; next: string } {
  if (end === 'failed') {
    return { title: textOf('error', known(code)), next: textOf('error', known(code), '_next') };
  }
  if (end === 'denied') {
    return {
      title: textOf('end', end),
      next: reason === 'not-me' ? t('provider_next_not_me') : t('provider_next_by_mistake'),
    };
  }
  return { title: textOf('end', end), next: nexts[end]?.() ?? t('provider_next_other') };
}
