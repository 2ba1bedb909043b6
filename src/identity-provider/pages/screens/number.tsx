import type { SignInChallenge } from '../../../core/challenge.ts';
import type { NumberMatchOptions, NumberMatchResult } from '../../../page/tandem.ts';
import { Button } from '../../../ui/button.tsx';
import { t } from '../../../ui/text.ts';
import { AccountLine } from '../account-line.tsx';
import { MatchProgress, useNumberMatch } from '../number-match.tsx';
import { Screen } from '../screen.tsx';

interface Props {
  challenge: SignInChallenge;
  now: () => number;
  verify: NumberMatchOptions['verify'];
  onEnd(result: NumberMatchResult): void;
}

/** The number to pick on the phone, as long as it can be picked. */
export function NumberScreen({ challenge, now, verify, onEnd }: Props) {
  const match = useNumberMatch(challenge, now, verify, onEnd);
  const isTyped = challenge.choices.length === 0;
  return (
    <Screen name="number" title={t(isTyped ? 'provider_number_type_title' : 'provider_number_title')}>
      <AccountLine email={challenge.account} />
      <p class="number" data-number={challenge.number}>
        {challenge.number}
      </p>
      <p>{t(isTyped ? 'provider_number_type_hint' : 'provider_number_hint')}</p>
      <MatchProgress challenge={challenge} match={match} now={now} />
      <Button wide onClick={match.choosePassword}>
        {t('common_use_password')}
      </Button>
    </Screen>
  );
}
