import type { End } from '../../core/request.ts';
import type { MessageKey } from '../../ui/text.ts';
import { type HeldRequest, isObserved } from '../storage/held-request.ts';

interface EndText {
  readonly tone: 'plain' | 'good' | 'warn' | 'bad';
  readonly title: MessageKey;
  /** What to do next. */
  readonly next: MessageKey;
}

const texts: { readonly [Name in Exclude<End, 'failed'>]: (held: HeldRequest) => EndText } = {
  approved: ({ request }) =>
    request.type === 'sign-in'
      ? { tone: 'good', title: 'phone_approved', next: 'phone_approved_next' }
      : { tone: 'good', title: 'phone_registered', next: 'phone_registered_next' },
  denied: ({ life }) =>
    life.reason === 'not-me'
      ? { tone: 'plain', title: 'phone_denied', next: 'phone_denied_not_me_next' }
      : { tone: 'plain', title: 'phone_denied', next: 'phone_denied_by_mistake_next' },
  mismatched: () => ({ tone: 'warn', title: 'phone_mismatched', next: 'phone_mismatched_next' }),
  'timed-out': ({ answer }) =>
    answer
      ? { tone: 'warn', title: 'phone_unconfirmed', next: 'phone_unconfirmed_next' }
      : { tone: 'plain', title: 'phone_timed_out', next: 'phone_timed_out_next' },
  superseded: () => ({ tone: 'plain', title: 'phone_superseded', next: 'phone_superseded_next' }),
  password: () => ({ tone: 'plain', title: 'phone_password', next: 'phone_password_next' }),
  gone: () => ({ tone: 'plain', title: 'phone_gone', next: 'phone_gone_next' }),
};

/** What the page showed of a request that was to be answered in another app. */
const observed: { readonly [Name in End]?: EndText } = {
  approved: { tone: 'good', title: 'phone_approved', next: 'phone_approved_next' },
  denied: { tone: 'plain', title: 'phone_denied', next: 'phone_denied_by_mistake_next' },
  // Nothing was heard, which may also mean that it went well.
  'timed-out': { tone: 'plain', title: 'phone_timed_out', next: 'phone_unconfirmed_next' },
  superseded: { tone: 'plain', title: 'phone_superseded', next: 'phone_observed_superseded_next' },
  gone: { tone: 'plain', title: 'phone_gone', next: 'phone_observed_gone_next' },
};

/** What is said of a request that has ended; null where its error code says it. */
export function endText(held: HeldRequest): EndText | null {
  const { phase } = held.life;
  const text = isObserved(held) ? observed[phase as End] : undefined;
  if (text) return text;
  return phase in texts ? texts[phase as keyof typeof texts](held) : null;
}
