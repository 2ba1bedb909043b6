import { t } from '../../ui/text.ts';
import { Screen } from './screen.tsx';

/** The background cannot be reached any more: what a page shows may no longer be true. */
export function Lost() {
  return (
    <Screen name="lost" title={t('popup_lost')}>
      <p>{t('popup_lost_what')}</p>
    </Screen>
  );
}
