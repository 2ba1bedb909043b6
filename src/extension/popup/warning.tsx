import { Notice } from '../../ui/notice.tsx';
import { Sentence } from '../../ui/sentence.tsx';
import { t } from '../../ui/text.ts';
import { call } from '../messaging/call.ts';
import type { WarningView } from '../messaging/view.ts';
import { ActionButton } from '../screens/action-button.tsx';
import { allowHost } from '../screens/allow-host.ts';
import { Screen } from '../screens/screen.tsx';

const texts = {
  'look-alike': ['popup_warning_look_alike', 'popup_warning_look_alike_what', 'popup_warning_look_alike_next'],
  framed: ['popup_warning_framed', 'popup_warning_framed_what', 'popup_warning_framed_next'],
  rewritten: ['popup_warning_rewritten', 'popup_warning_rewritten_what', 'popup_warning_rewritten_next'],
} as const;

/** A page that shows a provider's number where that provider is not at home: a warning, or a question. */
export function Warning({ warning }: { warning: WarningView }) {
  const { id, provider, host, suspicion } = warning;
  if (suspicion === 'ask') return <Question warning={warning} />;
  const [title, what, next] = texts[suspicion];
  return (
    <Screen name="warning" title={t(title)} data={{ 'data-suspicion': suspicion, 'data-host': host }}>
      <Notice tone={suspicion === 'rewritten' ? 'warn' : 'bad'} title={<Sentence of={what} name={provider} />}>
        <p>{t(next)}</p>
      </Notice>
      <Address host={host} />
      <ActionButton name="close-page" kind="primary" wide action={() => call('warning/close-page', { id })}>
        {t('popup_warning_close_page')}
      </ActionButton>
      <ActionButton name="dismiss" wide action={() => call('warning/dismiss', { id })}>
        {t('popup_warning_dismiss')}
      </ActionButton>
    </Screen>
  );
}

function Question({ warning: { id, provider, host } }: { warning: WarningView }) {
  return (
    <Screen name="ask" title={t('popup_ask')} data={{ 'data-suspicion': 'ask', 'data-host': host }}>
      <p>
        <Sentence of="popup_ask_what" name={provider} />
      </p>
      <Address host={host} />
      <ActionButton name="allow" kind="primary" wide action={() => allowHost(host)}>
        {t('popup_ask_allow')}
      </ActionButton>
      <ActionButton name="dismiss" wide action={() => call('warning/dismiss', { id })}>
        {t('popup_ask_not')}
      </ActionButton>
    </Screen>
  );
}

function Address({ host }: { host: string }) {
  return (
    <dl class="facts">
      <dt>{t('popup_origin')}</dt>
      <dd>
        <bdi dir="ltr">{host}</bdi>
      </dd>
    </dl>
  );
}
