import { useState } from 'preact/hooks';
import { Button } from '../../ui/button.tsx';
import { t } from '../../ui/text.ts';
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
  const [asking, setAsking] = useState(false);
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
      {asking ? (
        <div class="row" role="alertdialog" aria-label={t('provider_remove_ask')}>
          <p>{t('provider_remove_ask')}</p>
          <Button kind="danger" aria-disabled={remove.busy} onClick={remove.run}>
            {t('provider_remove_confirm')}
          </Button>
          <Button ref={(button) => button?.focus()} onClick={() => setAsking(false)}>
            {t('common_cancel')}
          </Button>
        </div>
      ) : (
        <Button kind="danger" aria-label={`${t('provider_remove')}: ${phone.name}`} onClick={() => setAsking(true)}>
          {t('provider_remove')}
        </Button>
      )}
    </li>
  );
}
