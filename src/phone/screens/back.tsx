import { Button } from '../../ui/button.tsx';
import { t } from '../../ui/text.ts';
import type { PhoneActions } from '../phone-actions.ts';

/** From an inner screen to the home screen. */
export function Back({ actions }: { actions: Pick<PhoneActions, 'go'> }) {
  return (
    <Button wide onClick={() => actions.go('home')}>
      {t('common_back')}
    </Button>
  );
}
