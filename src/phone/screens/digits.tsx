import { Button } from '../../ui/button.tsx';
import { ErrorNotice, Notice } from '../../ui/notice.tsx';
import { Sentence } from '../../ui/sentence.tsx';
import { t } from '../../ui/text.ts';
import { AnotherLink } from './another-link.tsx';
import type { ScreenProps } from './app.tsx';
import { Screen } from './screen.tsx';

export function Digits({ view, actions }: ScreenProps<'digits'>) {
  const { digits, browser, confirmed, problem, other } = view;
  return (
    <Screen
      name="digits"
      title={t('phone_digits')}
      // Digits that another question lies over are not to be confirmed unseen.
      actions={
        other === 'asks' ? null : (
          <>
            {problem ? <ErrorNotice code={problem} /> : null}
            {confirmed ? null : (
              <Button kind="primary" wide onClick={actions.digitsMatch}>
                {t('phone_digits_match')}
              </Button>
            )}
            <Button kind="danger" wide onClick={actions.digitsDiffer}>
              {t(confirmed ? 'common_cancel' : 'phone_digits_differ')}
            </Button>
          </>
        )
      }
    >
      <AnotherLink other={other} onAnswer={actions.answerOther} />
      <p>
        <Sentence of="phone_digits_text" name={browser} />
      </p>
      <p class="digits digits-halves card" data-digits={digits}>
        <span>{digits.slice(0, 3)}</span>
        <span>{digits.slice(3)}</span>
      </p>
      {confirmed ? (
        <Notice tone="plain" title={t('phone_digits_confirmed')}>
          <p>
            <Sentence of="phone_digits_confirmed_next" name={browser} />
          </p>
        </Notice>
      ) : (
        <p class="muted">{t('phone_digits_why')}</p>
      )}
    </Screen>
  );
}
