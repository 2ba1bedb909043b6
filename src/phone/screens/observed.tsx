import { alternatives } from '../../ui/alternatives.ts';
import { Button } from '../../ui/button.tsx';
import { Countdown } from '../../ui/countdown.tsx';
import { Sentence } from '../../ui/sentence.tsx';
import { t } from '../../ui/text.ts';
import type { ScreenProps } from './app.tsx';
import { Screen } from './screen.tsx';
import { WhoAsks } from './who-asks.tsx';

/** With an app that has a name, and with any. */
const whatToDo = {
  choose: ['phone_observed_choose', 'phone_observed_choose_any'],
  type: ['phone_observed_type', 'phone_observed_type_any'],
  compare: ['phone_observed_compare', 'phone_observed_compare_any'],
} as const;

/** A number for another app, in which the person answers: here there is nothing to decide. */
export function Observed({ view, actions, now, settling }: ScreenProps<'observed'>) {
  const { key, held } = view;
  const { request, life } = held;
  const { number, apps, direction } = request;
  const [named, any] = whatToDo[direction];
  return (
    <Screen
      name="observed"
      title={t(number === undefined ? 'phone_observed_hidden' : 'phone_observed')}
      actions={
        <Button wide disabled={settling} onClick={() => actions.dismiss(key)}>
          {t('common_close')}
        </Button>
      }
    >
      {number === undefined ? (
        <p class="card">{t('phone_observed_where')}</p>
      ) : (
        <p class={`card ${number.length > 4 ? 'digits' : 'number'}`} data-number={number}>
          {number}
        </p>
      )}
      <p class="pick">{apps.length === 0 ? t(any) : <Sentence of={named} name={alternatives(apps)} />}</p>
      <WhoAsks held={held}>
        <Countdown
          expiresAt={life.expiresAt}
          wholeMs={life.expiresAt - (life.reachedAt.detected ?? life.expiresAt)}
          now={now}
        />
      </WhoAsks>
    </Screen>
  );
}
