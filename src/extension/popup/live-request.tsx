import type { Stage } from '../../core/request.ts';
import { Countdown } from '../../ui/countdown.tsx';
import { ErrorNotice } from '../../ui/notice.tsx';
import { Steps } from '../../ui/steps.tsx';
import { type MessageKey, t, textOf } from '../../ui/text.ts';
import { call } from '../messaging/call.ts';
import type { ChallengeView } from '../messaging/view.ts';
import { ActionButton } from '../screens/action-button.tsx';
import { Screen } from '../screens/screen.tsx';
import { RequestFacts } from './request-facts.tsx';

interface Props {
  request: ChallengeView;
  now: () => number;
}

/** A request that is open: its number, how long it has, how far it has come. */
export function LiveRequest({ request, now }: Props) {
  const { id, number, life } = request;
  const stage = life.phase as Stage;
  const wholeMs = life.expiresAt - (life.reachedAt.detected ?? life.expiresAt);
  return (
    <Screen
      name="request"
      title={t(titleOf(request))}
      data={{ 'data-number': number, 'data-stage': stage, 'data-trouble': life.trouble ?? null }}
    >
      <div class="match card">
        {number === null ? (
          <p>{t('popup_register_what')}</p>
        ) : (
          <p class="number" role="img" aria-label={t('popup_number_label', number)}>
            {number}
          </p>
        )}
        <Countdown expiresAt={life.expiresAt} wholeMs={wholeMs} now={now} />
      </div>
      <RequestFacts request={request} />
      {life.trouble && <ErrorNotice code={life.trouble} tone="warn" />}
      <section class="popup-steps" aria-label={t('popup_progress')}>
        <Steps stage={stage} trouble={life.trouble} reachedAt={life.reachedAt} />
      </section>
      <p class="visually-hidden" role="status">
        {textOf('stage', stage)}
      </p>
      <div class="popup-password">
        <ActionButton name="password" wide action={() => call('request/password', { id })}>
          {t('common_use_password')}
        </ActionButton>
      </div>
    </Screen>
  );
}

function titleOf({ number, isTyped }: ChallengeView): MessageKey {
  if (number === null) return 'popup_register';
  return isTyped ? 'popup_match_type' : 'popup_match';
}
