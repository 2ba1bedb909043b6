import { t } from '../../ui/text.ts';
import { Screen } from './screen.tsx';

export function Starting() {
  return <Screen name="starting" title={t('common_name')} />;
}
