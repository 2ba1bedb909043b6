import type { ComponentChildren } from 'preact';
import type { PhoneRequest } from '../../core/messages.ts';
import { t } from '../../ui/text.ts';

/** Which page asks, for whom, from where. The origin is the browser's word and the largest of it; the name is the site's own. */
export function WhoAsks({ request, children }: { request: PhoneRequest; children?: ComponentChildren }) {
  const [scheme, host] = request.origin.split('://') as [string, string];
  return (
    <section class="who card">
      <div class="who-site">
        <div>
          <p class="muted">
            <bdi>{request.site}</bdi>
          </p>
          <p class="who-origin" dir="ltr">
            <span class="who-scheme">{scheme}://</span>
            {host}
          </p>
        </div>
        {children}
      </div>
      <dl class="facts">
        <dt>{t('phone_account')}</dt>
        <dd>
          <bdi>{request.account}</bdi>
        </dd>
        <dt>{t('phone_browser')}</dt>
        <dd>
          <bdi>{request.browser}</bdi>
        </dd>
      </dl>
    </section>
  );
}
