import { Button } from '../../ui/button.tsx';
import { ErrorNotice } from '../../ui/notice.tsx';
import { t } from '../../ui/text.ts';
import { AnotherLink } from './another-link.tsx';
import type { ScreenProps } from './app.tsx';
import { Screen } from './screen.tsx';

export function Pairing({ view, actions }: ScreenProps<'pairing'>) {
  if (view.failed) {
    return (
      <Screen
        name="pairing"
        title={t('phone_pairing_failed')}
        actions={
          <Button kind="primary" wide onClick={actions.dismissPairing}>
            {t('common_close')}
          </Button>
        }
      >
        <ErrorNotice code={view.failed} />
      </Screen>
    );
  }
  return (
    <Screen
      name="pairing"
      title={t('phone_pairing')}
      actions={
        <Button wide onClick={actions.cancelPairing}>
          {t('common_cancel')}
        </Button>
      }
    >
      <AnotherLink other={view.other} onAnswer={actions.answerOther} />
      <p class="muted">{t('phone_pairing_text')}</p>
      <div class="busy" aria-hidden="true" />
    </Screen>
  );
}
