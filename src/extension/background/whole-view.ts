import type { View } from '../messaging/view.ts';
import type { ChosenSettings } from './chosen-settings.ts';
import type { Contacts } from './contacts.ts';
import type { Faults } from './faults.ts';
import type { PageInFront } from './page-in-front.ts';
import type { PairingDesk } from './pairing-desk.ts';
import type { PhoneNews } from './phone-news.ts';
import { requestView } from './request-view.ts';
import type { Requests } from './requests.ts';
import type { RingTests } from './ring-tests.ts';
import type { SiteAccess } from './site-access.ts';
import type { Warnings } from './warnings.ts';

export interface Shown {
  requests: Pick<Requests, 'current' | 'lastEnded'>;
  warnings: Pick<Warnings, 'view'>;
  desk: Pick<PairingDesk, 'view'>;
  ringTests: Pick<RingTests, 'view'>;
  contacts: Pick<Contacts, 'view'>;
  news: Pick<PhoneNews, 'departed' | 'joined'>;
  access: Pick<SiteAccess, 'withheld'>;
  faults: Pick<Faults, 'code'>;
  front: Pick<PageInFront, 'host'>;
  chosen: Pick<ChosenSettings, 'view'>;
}

/** All that the extension's pages show, now. */
export function wholeView(shown: Shown): View {
  const { current, lastEnded } = shown.requests;
  return {
    request: current && requestView(current),
    ended: lastEnded && requestView(lastEnded),
    warning: shown.warnings.view(),
    pairing: shown.desk.view(),
    ringTests: shown.ringTests.view,
    phones: shown.contacts.view(),
    departed: shown.news.departed,
    withheld: shown.access.withheld,
    joined: shown.news.joined,
    fault: shown.faults.code,
    front: shown.front.host,
    settings: shown.chosen.view(),
  };
}
