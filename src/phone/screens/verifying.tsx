import { Button } from '../../ui/button.tsx';
import { t } from '../../ui/text.ts';
import type { ScreenProps } from './app.tsx';
import { Screen } from './screen.tsx';
import { WhoAsks } from './who-asks.tsx';

export function Verifying({ view, actions }: ScreenProps<'verifying'>) {
  const { held, isSent } = view;
  return (
    <Screen
      name="verifying"
      title={t(isSent ? 'phone_sent' : 'phone_verifying')}
      actions={
        isSent ? null : (
          <Button wide onClick={actions.cancelVerification}>
            {t('common_cancel')}
          </Button>
        )
      }
    >
      <p>{t(isSent ? 'phone_sent_text' : 'phone_verifying_text')}</p>
      <WhoAsks held={held} />
      <div class="busy" aria-hidden="true" />
    </Screen>
  );
}
