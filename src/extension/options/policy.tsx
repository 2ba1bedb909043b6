import { Notice } from '../../ui/notice.tsx';
import { t } from '../../ui/text.ts';

/** Names the fields of an organisation's policy that cannot be read. */
export function Policy({ unread }: { unread: readonly string[] }) {
  if (unread.length === 0) return null;
  return (
    <Notice tone="warn" title={t('options_policy_unread')}>
      <p>{t('options_policy_unread_what')}</p>
      <ul class="unread">
        {unread.map((field) => (
          <li key={field} data-unread={field}>
            <bdi dir="ltr">
              <code>{field}</code>
            </bdi>
          </li>
        ))}
      </ul>
    </Notice>
  );
}
