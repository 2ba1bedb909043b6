import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Sentence } from '../../ui/sentence.tsx';
import { t } from '../../ui/text.ts';
import type { ScreenProps } from './app.tsx';
import { Screen } from './screen.tsx';
import { WhoAsks } from './who-asks.tsx';

/** A browser that was not used with this phone for 30 days asks: the person says first whether it still may. */
export function Unused({ view: { held, pairing }, actions, settling }: ScreenProps<'unused'>) {
  const since = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'long' }).format(pairing.usedAt);
  return (
    <Screen
      name="unused"
      title={t('phone_browsers_unused')}
      actions={
        <>
          <Button kind="primary" wide disabled={settling} onClick={() => actions.keep(pairing.pairing)}>
            {t('phone_browsers_keep')}
          </Button>
          <Button kind="danger" wide disabled={settling} onClick={() => actions.unpair(pairing.pairing)}>
            {t('phone_browsers_unpair')}
          </Button>
        </>
      }
    >
      <Notice tone="warn" title={<Sentence of="phone_browsers_unused_asks" name={pairing.browser} />}>
        <p>{t('phone_browsers_unused_since', since)}</p>
      </Notice>
      <WhoAsks held={held} />
    </Screen>
  );
}
