import { useEffect, useState } from 'preact/hooks';
import { codeOf, type ErrorCode } from '../../core/errors.ts';
import { Button } from '../../ui/button.tsx';
import { ErrorNotice } from '../../ui/notice.tsx';
import { Question } from '../../ui/question.tsx';
import { type MessageKey, t } from '../../ui/text.ts';
import { useAsking } from '../../ui/use-asking.ts';
import { clearHistory, type HistoryEntry, loadHistory } from '../history.ts';
import { historyCsv, historyJson } from '../history-export.ts';
import { saveFile } from '../save-file.ts';
import type { ScreenProps } from './app.tsx';
import { Back } from './back.tsx';
import { Origin } from './origin.tsx';
import { Screen } from './screen.tsx';

const kinds: { readonly [Type in HistoryEntry['type']]: MessageKey } = {
  'sign-in': 'phone_history_sign_in',
  registration: 'phone_history_registration',
  observed: 'phone_history_observed',
};

const outcomes: { readonly [End in HistoryEntry['end']]: MessageKey } = {
  approved: 'phone_history_approved',
  denied: 'phone_history_denied',
  mismatched: 'phone_history_mismatched',
  'timed-out': 'phone_history_timed_out',
  superseded: 'phone_history_superseded',
  password: 'phone_history_password',
  gone: 'phone_history_gone',
  failed: 'phone_history_failed',
};

/** What became of requests in the last 90 days; it lies on this device alone. */
export function History({ vault, actions }: ScreenProps<'history'>) {
  const [entries, setEntries] = useState<readonly HistoryEntry[] | null>(null);
  const asking = useAsking();
  const [failure, setFailure] = useState<ErrorCode | null>(null);
  const fail = (thrown: unknown) => setFailure(codeOf(thrown));
  useEffect(() => {
    loadHistory(vault).then(setEntries, fail);
  }, [vault]);
  const clear = () => {
    clearHistory(vault)
      .then(() => setEntries([]), fail)
      .finally(asking.close);
  };
  const save = (name: string, type: string, text: string) => {
    saveFile(name, type, text).catch((thrown: unknown) => {
      // The person closed the share sheet.
      if (!(thrown instanceof DOMException && thrown.name === 'AbortError')) fail(thrown);
    });
  };
  return (
    <Screen name="history" title={t('phone_history_title')} actions={<Back actions={actions} />}>
      <p class="muted">{t('phone_history_text')}</p>
      {failure ? <ErrorNotice code={failure} /> : null}
      {entries?.length === 0 ? <p>{t('phone_history_empty')}</p> : null}
      {entries && entries.length > 0 ? (
        <>
          <div class="denials">
            <Button onClick={() => save('tandem-history.csv', 'text/csv', historyCsv(entries))}>
              {t('phone_history_csv')}
            </Button>
            <Button onClick={() => save('tandem-history.json', 'application/json', historyJson(entries))}>
              {t('phone_history_json')}
            </Button>
            {asking.isOpen ? null : (
              <Button kind="danger" {...asking.opener}>
                {t('phone_history_clear')}
              </Button>
            )}
          </div>
          {asking.isOpen ? (
            <Question
              asks={t('phone_history_clear_ask')}
              yes={t('phone_history_clear')}
              onYes={clear}
              onNo={asking.close}
            />
          ) : null}
          <ol class="entries">
            {entries.map((entry, at) => (
              <Entry key={`${entry.askedAt} ${entries.length - at}`} entry={entry} />
            ))}
          </ol>
        </>
      ) : null}
    </Screen>
  );
}

function Entry({ entry: { askedAt, type, origin, account, browser, end, reason } }: { entry: HistoryEntry }) {
  const time = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'medium', timeStyle: 'short' });
  const outcome = reason === 'not-me' ? 'phone_history_not_me' : outcomes[end];
  return (
    <li class="card" data-end={end}>
      <p>{t(outcome)}</p>
      <p class="muted">
        {t(kinds[type])} · <time dateTime={new Date(askedAt).toISOString()}>{time.format(askedAt)}</time>
      </p>
      {account === undefined ? null : (
        <p>
          <bdi>{account}</bdi>
        </p>
      )}
      <p class="muted">
        <Origin of={origin} />
      </p>
      <p class="muted">
        <bdi>{browser}</bdi>
      </p>
    </li>
  );
}
