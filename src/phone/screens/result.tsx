import { Button } from '../../ui/button.tsx';
import { t, textOf } from '../../ui/text.ts';
import type { ScreenProps } from './app.tsx';
import { endText } from './end-texts.ts';
import { Mark } from './mark.tsx';
import { Screen } from './screen.tsx';
import { WhoAsks } from './who-asks.tsx';

export function Result({ view, actions }: ScreenProps<'result'>) {
  const { key, held } = view;
  const text = endText(held);
  const code = held.life.code ?? 'unexpected';
  return (
    <Screen
      name="result"
      title={t(text?.title ?? 'phone_failed')}
      mark={<Mark tone={text?.tone ?? 'warn'} />}
      actions={
        <Button kind="primary" wide onClick={() => actions.dismiss(key)}>
          {t('common_close')}
        </Button>
      }
    >
      {text ? (
        <p>{t(text.next)}</p>
      ) : (
        <>
          <p>{textOf('error', code)}</p>
          <p>{textOf('error', code, '_next')}</p>
        </>
      )}
      <WhoAsks held={held} />
    </Screen>
  );
}
