import { Button } from '../../ui/button.tsx';
import { ErrorNotice, Notice } from '../../ui/notice.tsx';
import { t } from '../../ui/text.ts';
import type { ScreenProps } from './app.tsx';
import { endText } from './end-texts.ts';
import { Screen } from './screen.tsx';
import { WhoAsks } from './who-asks.tsx';

export function Result({ view, actions }: ScreenProps<'result'>) {
  const { key, held } = view;
  const text = endText(held);
  return (
    <Screen
      name="result"
      title={t(text?.title ?? 'phone_failed')}
      actions={
        <Button kind="primary" wide onClick={() => actions.dismiss(key)}>
          {t('common_close')}
        </Button>
      }
    >
      {text ? (
        <Notice tone={text.tone} title={t(text.next)} />
      ) : (
        <ErrorNotice code={held.life.code ?? 'unexpected'} tone="warn" />
      )}
      <WhoAsks request={held.request} />
    </Screen>
  );
}
