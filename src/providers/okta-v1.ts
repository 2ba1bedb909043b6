import { oktaMatches, oktaSuffixes } from './okta-hosts.ts';
import type { Provider } from './provider.ts';

/** Okta Verify's number challenge in the classic engine. The view is always there and only shown or hidden. */
export const oktaV1: Provider = {
  id: 'okta-v1',
  name: 'Okta',
  apps: ['Okta Verify'],
  direction: 'choose',
  hosts: { suffix: oktaSuffixes, custom: true },
  matches: oktaMatches,
  marker: { all: ['#okta-sign-in'], any: '[data-se~=factor-push], .mfa-verify-push' },
  number: {
    selectors: [
      '.number-challenge-view [data-se~=challenge-number]',
      '.number-challenge-view .phone--number',
      '.number-challenge-view .challenge-number',
    ],
    form: /^\d{1,2}$/,
  },
  account: {
    selectors: ['.options-dropdown .username', '[data-se~=identifier]', '#okta-signin-username'],
    from: ['title', 'text', 'value'],
    carry: true,
  },
  lifeMs: 300_000,
  controls: {
    otherWay: ['[data-se~=factors-dropdown]', '.dropdown.more-actions'],
    resend: ['[data-se~=factor-push] input.button[type=submit]'],
    cancel: ['a[data-se~=signout-link]'],
  },
  states: { failed: '.infobox-error' },
  giveaway: '.number-challenge-view',
};
