import { ErrorNotice } from '../../ui/notice.tsx';
import { t } from '../../ui/text.ts';
import { call } from '../messaging/call.ts';
import type { SettingsView } from '../messaging/view.ts';
import { useAction } from '../screens/use-action.ts';

/** Whether numbers of other apps are shown on the phone. */
export function NumberOnPhone({ setting: { is, isManaged } }: { setting: SettingsView['numberOnPhone'] }) {
  const { run, failure } = useAction(() => call('settings/number-on-phone', { is: !is }));
  return (
    <section class="section">
      <h2>{t('options_privacy')}</h2>
      <label class="choice">
        <input name="number-off" type="checkbox" checked={!is} disabled={isManaged} onChange={run} />
        {t('options_number_off')}
      </label>
      <p class="muted">{t('options_number_off_what')}</p>
      {isManaged && <p class="muted">{t('options_managed')}</p>}
      {failure && <ErrorNotice code={failure} />}
    </section>
  );
}
