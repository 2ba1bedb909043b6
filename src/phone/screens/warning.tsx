import { Button } from '../../ui/button.tsx';
import { ErrorNotice } from '../../ui/notice.tsx';
import { t } from '../../ui/text.ts';
import type { ScreenProps } from './app.tsx';
import { Mark } from './mark.tsx';
import { Origin } from './origin.tsx';
import { Screen } from './screen.tsx';
import { WhoAsks } from './who-asks.tsx';

/** A sign-in that this phone cannot approve; where the account is registered elsewhere, most likely a fake page. */
export function Warning({ view, actions }: ScreenProps<'warning'>) {
  const { key, held, code, origins } = view;
  const isSerious = code === 'wrong-origin';
  return (
    <Screen
      name="warning"
      mark={<Mark tone={isSerious ? 'bad' : 'warn'} />}
      title={t(isSerious ? 'phone_wrong_origin' : 'phone_no_registration')}
      actions={
        <Button kind="primary" wide onClick={() => actions.dismiss(key)}>
          {t('common_close')}
        </Button>
      }
    >
      <ErrorNotice code={code} tone={isSerious ? 'bad' : 'warn'} />
      {isSerious ? null : <p>{t('phone_no_registration_other')}</p>}
      <h2>{t('phone_page_that_asks')}</h2>
      {isSerious ? <Origins of={[held.request.origin]} /> : <WhoAsks held={held} />}
      {isSerious ? <h2>{t('phone_registered_at')}</h2> : null}
      {isSerious ? <Origins of={origins} /> : null}
    </Screen>
  );
}

function Origins({ of }: { of: readonly string[] }) {
  return (
    <ul class="origins">
      {of.map((origin) => (
        <li key={origin} class="card who-origin">
          <Origin of={origin} />
        </li>
      ))}
    </ul>
  );
}
