import type { Stage } from '../../core/request.ts';
import { alternatives } from '../../ui/alternatives.ts';
import { Countdown } from '../../ui/countdown.tsx';
import { ErrorNotice, Notice } from '../../ui/notice.tsx';
import { Sentence } from '../../ui/sentence.tsx';
import { Steps } from '../../ui/steps.tsx';
import { t, textOf } from '../../ui/text.ts';
import { call } from '../messaging/call.ts';
import type { ObservedView, View } from '../messaging/view.ts';
import { ActionButton } from '../screens/action-button.tsx';
import { Screen } from '../screens/screen.tsx';
import { RequestFacts } from './request-facts.tsx';

/** With an app that has a name, and with any. */
const titles = {
  choose: ['popup_observed_choose', 'popup_observed_choose_any'],
  type: ['popup_observed_type', 'popup_observed_type_any'],
  compare: ['popup_observed_compare', 'popup_observed_compare_any'],
} as const;
const pressedTexts = {
  'other-way': ['popup_pressed_other_way', 'popup_pressed_other_way_next'],
  none: ['popup_pressed_none', 'popup_pressed_none_next'],
} as const;

interface Props {
  request: ObservedView;
  phones: View['phones'];
  now: () => number;
}

/** A number on somebody else's page, for the app that it belongs to. */
export function ObservedRequest({ request, phones, now }: Props) {
  const { id, number, account, apps, direction, life, isLifeKnown, pressed, isQuiet } = request;
  const [named, any] = titles[direction];
  const wholeMs = life.expiresAt - (life.reachedAt.detected ?? life.expiresAt);
  return (
    <Screen
      name="observed"
      title={apps.length === 0 ? t(any) : <Sentence of={named} name={alternatives(apps)} />}
      data={{ 'data-number': number, 'data-stage': life.phase, 'data-pressed': pressed }}
    >
      <div class={isLifeKnown ? 'match card' : 'match match-alone card'}>
        <p class={classOf(number)} role="img" aria-label={t('popup_number_label', number)}>
          {number}
        </p>
        {isLifeKnown && <Countdown expiresAt={life.expiresAt} wholeMs={wholeMs} now={now} />}
      </div>
      {pressed && (
        <Notice tone="warn" title={t(pressedTexts[pressed][0])}>
          <p>{t(pressedTexts[pressed][1])}</p>
        </Notice>
      )}
      <RequestFacts request={request} />
      {isQuiet && <p class="muted">{t('popup_observed_quiet')}</p>}
      {!isQuiet && phones?.length === 0 && <p class="muted">{t('popup_observed_no_phone')}</p>}
      {!isQuiet && phones?.length !== 0 && <OnTheWay life={life} />}
      <div class="popup-password">
        <ActionButton name="password" wide action={() => call('request/password', { id })}>
          {t('common_use_password')}
        </ActionButton>
      </div>
      {account !== null && (
        <ActionButton name="always-password" wide action={() => call('settings/add-password', { id })}>
          {t('popup_always_password')}
        </ActionButton>
      )}
    </Screen>
  );
}

/** On one line, however many digits it has. */
function classOf({ length }: string): string {
  if (length > 6) return 'number number-longest';
  return length > 2 ? 'number number-long' : 'number';
}

/** How far the number has come on its way to the phone. */
function OnTheWay({ life }: { life: ObservedView['life'] }) {
  const stage = life.phase as Stage;
  return (
    <>
      {life.trouble && <ErrorNotice code={life.trouble} tone="warn" />}
      <section class="popup-steps" aria-label={t('popup_progress')}>
        <Steps stage={stage} last="opened" trouble={life.trouble} reachedAt={life.reachedAt} />
      </section>
      <p class="visually-hidden" role="status">
        {textOf('stage', stage)}
      </p>
    </>
  );
}
