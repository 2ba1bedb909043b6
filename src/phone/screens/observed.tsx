import { Button } from '../../ui/button.tsx';
import { Countdown } from '../../ui/countdown.tsx';
import { Sentence } from '../../ui/sentence.tsx';
import { type MessageKey, t } from '../../ui/text.ts';
import type { ObservedRequest } from '../storage/held-request.ts';
import type { ScreenProps } from './app.tsx';
import { Screen } from './screen.tsx';
import { WhoAsks } from './who-asks.tsx';

const whatToDo: { readonly [Direction in ObservedRequest['direction']]: MessageKey } = {
  choose: 'phone_observed_choose',
  type: 'phone_observed_type',
  compare: 'phone_observed_compare',
};

/** A number for another app, in which the person answers: here there is nothing to decide. */
export function Observed({ view, actions, now, settling }: ScreenProps<'observed'>) {
  const { key, held } = view;
  const { request, life } = held;
  const { number, app, direction } = request;
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
      {number === undefined ? null : (
        <p class={`card ${number.length > 4 ? 'digits' : 'number'}`} data-number={number}>
          {number}
        </p>
      )}
      <p class="pick">
        <Sentence of={whatToDo[direction]} name={app} />
      </p>
      <WhoAsks request={request}>
        <Countdown
          expiresAt={life.expiresAt}
          wholeMs={life.expiresAt - (life.reachedAt.detected ?? life.expiresAt)}
          now={now}
        />
      </WhoAsks>
    </Screen>
  );
}
