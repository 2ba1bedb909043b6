import { t } from '../../ui/text.ts';
import { Screen } from './screen.tsx';

/** Without https a browser gives no page its keys or its screen lock. */
export function Insecure() {
  return (
    <Screen name="warning" title={t('phone_insecure')}>
      <p>{t('phone_insecure_next')}</p>
    </Screen>
  );
}
