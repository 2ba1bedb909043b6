import type { ComponentChildren } from 'preact';
import { t } from '../../ui/text.ts';
import type { HeldRequest } from '../storage/held-request.ts';
import { Origin } from './origin.tsx';

/** Which page asks, for whom, from where. The origin is the browser's word and the largest of it; the name is the site's own. */
export function WhoAsks({ held: { request, system }, children }: { held: HeldRequest; children?: ComponentChildren }) {
  return (
    <section class="card">
      <div class="who-site">
        <p class="muted">
          <bdi>{request.site}</bdi>
        </p>
        {children}
      </div>
      <p class="who-origin">
        <Origin of={request.origin} />
      </p>
      <dl class="facts">
        <dt>{t('phone_account')}</dt>
        <dd>
          <bdi>{request.account ?? t('phone_observed_unknown')}</bdi>
        </dd>
        <dt>{t('phone_browser')}</dt>
        <dd>
          <bdi>{request.browser}</bdi>
        </dd>
        {system ? (
          <dd class="muted">
            <bdi>{system}</bdi>
          </dd>
        ) : null}
      </dl>
    </section>
  );
}
