import type { ErrorCode } from '../../core/errors.ts';
import { Button } from '../../ui/button.tsx';
import { t, textOf } from '../../ui/text.ts';
import { pageNames } from '../page-names.ts';
import { Screen } from './screen.tsx';

/** The app cannot start in this browser as it is. */
export function Broken({ code }: { code: ErrorCode }) {
  const areKeysBroken = code === 'key-storage-broken';
  return (
    <Screen
      name={areKeysBroken ? code : 'broken'}
      title={textOf('error', code)}
      actions={
        <>
          <Button kind="primary" wide onClick={() => location.reload()}>
            {t('common_try_again')}
          </Button>
          {areKeysBroken ? (
            <Button kind="danger" wide onClick={startAfresh}>
              {t('phone_start_afresh')}
            </Button>
          ) : null}
        </>
      }
    >
      <p>{textOf('error', code, '_next')}</p>
      {areKeysBroken ? <p>{t('phone_start_afresh_text')}</p> : null}
    </Screen>
  );
}

/** Without the keys that it cannot open, a browser may well keep new ones. */
function startAfresh(): void {
  const deleting = indexedDB.deleteDatabase(pageNames.vault);
  deleting.onsuccess = () => location.reload();
  deleting.onerror = () => location.reload();
}
