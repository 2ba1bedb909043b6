import { Button } from '../../ui/button.tsx';
import { Question } from '../../ui/question.tsx';
import { t } from '../../ui/text.ts';
import { useAsking } from '../../ui/use-asking.ts';
import type { SignedIn } from '../api-contract.ts';
import { FailureNotice } from './failure-notice.tsx';
import { useAction } from './use-action.ts';
import { When } from './when.tsx';

interface Props {
  phone: SignedIn['phones'][number];
  onRemove(): Promise<void>;
}

/** One registered phone, with the way to remove it, which asks once more. */
export function PhoneItem({ phone, onRemove }: Props) {
  const asking = useAsking();
  const remove = useAction(onRemove);
  return (
    <li class="phone">
      <p class="phone-name">
        <bdi>{phone.name}</bdi>
      </p>
      <p class="muted">
        {t('provider_phone_added')} <When at={phone.registeredAt} />
      </p>
      <p class="muted">
        {phone.lastUsedAt === 0 ? (
          t('provider_phone_unused')
        ) : (
          <>
            {t('provider_phone_used')} <When at={phone.lastUsedAt} />
          </>
        )}
      </p>
      <FailureNotice failure={remove.failure} />
      {asking.isOpen ? (
        <Question
          asks={t('provider_remove_ask')}
          yes={t('provider_remove_confirm')}
          busy={remove.busy}
          onYes={remove.run}
          onNo={asking.close}
        />
      ) : (
        <Button kind="danger" aria-label={`${t('provider_remove')}: ${phone.name}`} {...asking.opener}>
          {t('provider_remove')}
        </Button>
      )}
    </li>
  );
}
