import { t } from '../../ui/text.ts';
import type { RequestView } from '../messaging/view.ts';

/** Who asks, where from, and for whom. The address is the browser's word, the rest the page's. */
export function RequestFacts({ request: { site, origin, account } }: { request: RequestView }) {
  return (
    <dl class="facts">
      <dt>{t('popup_site')}</dt>
      <dd>
        <bdi>{site}</bdi>
      </dd>
      <dt>{t('popup_origin')}</dt>
      <dd>
        <bdi dir="ltr">{origin}</bdi>
      </dd>
      <dt>{t('popup_account')}</dt>
      <dd>{account === null ? <span class="muted">{t('popup_account_unknown')}</span> : <bdi>{account}</bdi>}</dd>
    </dl>
  );
}
