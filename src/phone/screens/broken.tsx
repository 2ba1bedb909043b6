import type { ErrorCode } from '../../core/errors.ts';
import { Button } from '../../ui/button.tsx';
import { t, textOf } from '../../ui/text.ts';
import { Screen } from './screen.tsx';

/** The app cannot start in this browser as it is. */
export function Broken({ code }: { code: ErrorCode }) {
  return (
    <Screen
      name={code === 'key-storage-broken' ? 'key-storage-broken' : 'broken'}
      title={textOf('error', code)}
      actions={
        <Button kind="primary" wide onClick={() => location.reload()}>
          {t('common_try_again')}
        </Button>
      }
    >
      <p>{textOf('error', code, '_next')}</p>
    </Screen>
  );
}
