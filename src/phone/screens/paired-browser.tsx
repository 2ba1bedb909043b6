import { useState } from 'preact/hooks';
import { Button } from '../../ui/button.tsx';
import { ErrorNotice } from '../../ui/notice.tsx';
import { Sentence } from '../../ui/sentence.tsx';
import { t } from '../../ui/text.ts';
import type { PairingEntry } from '../pairings.ts';

/** A paired browser, with the way to end the pairing, which is asked about once more. */
export function PairedBrowser({ entry, onUnpair }: { entry: PairingEntry; onUnpair: (pairing: string) => void }) {
  const [asking, setAsking] = useState(false);
  const { pairing, browser, pairedAt, ended } = entry;
  const since = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'medium' }).format(pairedAt);
  return (
    <li class="card stack">
      <div class="entry">
        <div>
          <p>
            <bdi>{browser}</bdi>
          </p>
          <p class="muted">{t('phone_paired_since', since)}</p>
        </div>
        {asking ? null : (
          <Button
            aria-label={t(ended ? 'phone_remove_name' : 'phone_unpair_name', browser)}
            onClick={() => setAsking(true)}
          >
            {t(ended ? 'phone_remove' : 'phone_unpair')}
          </Button>
        )}
      </div>
      {ended ? <ErrorNotice code={ended} tone="warn" /> : null}
      {asking ? (
        <div class="stack" role="alertdialog" aria-labelledby={`ask-${pairing}`}>
          <p id={`ask-${pairing}`}>
            <Sentence of="phone_unpair_ask" name={browser} />
          </p>
          <div class="denials">
            <Button kind="danger" onClick={() => onUnpair(pairing)}>
              {t(ended ? 'phone_remove' : 'phone_unpair')}
            </Button>
            <Button onClick={() => setAsking(false)}>{t('common_cancel')}</Button>
          </div>
        </div>
      ) : null}
    </li>
  );
}
