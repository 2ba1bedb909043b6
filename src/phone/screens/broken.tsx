import type { ComponentChildren } from 'preact';
import type { ErrorCode } from '../../core/errors.ts';
import { Button } from '../../ui/button.tsx';
import { t, textOf } from '../../ui/text.ts';
import { Screen } from './screen.tsx';

/** The app cannot start in this browser as it is. `children`: what else may be done about it. */
export function Broken({ code, children }: { code: ErrorCode; children?: ComponentChildren }) {
  return (
    <Screen
      name={code === 'key-storage-broken' ? code : 'broken'}
      title={textOf('error', code)}
      actions={
        <Button kind="primary" wide onClick={() => location.reload()}>
          {t('common_try_again')}
        </Button>
      }
    >
      <p>{textOf('error', code, '_next')}</p>
      {children}
    </Screen>
  );
}
