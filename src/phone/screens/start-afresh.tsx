import { useState } from 'preact/hooks';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { t } from '../../ui/text.ts';
import { pageNames } from '../page-names.ts';

/** Without what it cannot open, a browser may well keep new keys. */
export function StartAfresh() {
  const [isBlocked, setBlocked] = useState(false);
  const start = () => {
    const deleting = indexedDB.deleteDatabase(pageNames.vault);
    deleting.onsuccess = () => location.reload();
    deleting.onerror = () => location.reload();
    // It goes on by itself once they are closed; to load this one anew would only have it wait as well.
    deleting.onblocked = () => setBlocked(true);
  };
  return (
    <>
      <p>{t('phone_start_afresh_text')}</p>
      <Button kind="danger" wide onClick={start}>
        {t('phone_start_afresh')}
      </Button>
      {isBlocked ? <Notice tone="warn" title={t('phone_start_afresh_blocked')} /> : null}
    </>
  );
}
