import { useEffect } from 'preact/hooks';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Question } from '../../ui/question.tsx';
import { t, textOf } from '../../ui/text.ts';
import type { OtherLink } from '../pairing-progress.ts';

interface Props {
  other: OtherLink;
  /** `replaces`: the pairing under way ends, and that of the other link begins. */
  onAnswer: (replaces: boolean) => void;
}

/** What the person is asked, or told, of a link that was opened while a pairing is under way, which goes on meanwhile. */
export function AnotherLink({ other, onAnswer }: Props) {
  if (other === null) return null;
  return other === 'asks' ? <Asks onAnswer={onAnswer} /> : <Refused code={other} onClose={() => onAnswer(false)} />;
}

function Asks({ onAnswer }: Pick<Props, 'onAnswer'>) {
  // Where it was asked there is nothing any more.
  useEffect(() => () => document.querySelector('h1')?.focus(), []);
  return (
    <Question
      asks={t('phone_pairing_other')}
      yes={t('phone_pairing_other_begin')}
      no={t('phone_pairing_other_stay')}
      onYes={() => onAnswer(true)}
      onNo={() => onAnswer(false)}
    >
      <p>{t('phone_pairing_other_text')}</p>
    </Question>
  );
}

function Refused({ code, onClose }: { code: Exclude<OtherLink, 'asks' | null>; onClose: () => void }) {
  return (
    <Notice tone="warn" title={textOf('error', code)}>
      <p>{t('phone_pairing_other_refused')}</p>
      <Button onClick={onClose}>{t('common_close')}</Button>
    </Notice>
  );
}
