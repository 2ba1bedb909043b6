import { Button } from '../../ui/button.tsx';
import { t } from '../../ui/text.ts';
import { Screen } from './screen.tsx';

export function Elsewhere({ onUse }: { onUse: () => void }) {
  return (
    <Screen
      name="elsewhere"
      title={t('phone_elsewhere')}
      actions={
        <Button kind="primary" wide onClick={onUse}>
          {t('phone_use_here')}
        </Button>
      }
    >
      <p>{t('phone_elsewhere_next')}</p>
    </Screen>
  );
}
