import { oktaMatches, oktaPassword, oktaSuffixes } from './okta-hosts.ts';
import type { Provider } from './provider.ts';

/** Okta Verify's number challenge in the second generation of the sign-in widget. */
export const oktaV2: Provider = {
  id: 'okta-v2',
  name: 'Okta',
  apps: ['Okta Verify'],
  direction: 'choose',
  hosts: { suffix: oktaSuffixes, custom: true },
  matches: oktaMatches,
  marker: {
    all: ['#okta-sign-in'],
    any: '.okta-verify-number-challenge, .number-challenge-section',
    none: "input[name='credentials.totp']",
  },
  number: {
    selectors: [
      '.number-challenge-section [data-se~=challenge-number]',
      '[data-se~=challenge-number]',
      '.number-challenge-section .phone--number',
    ],
    form: /^\d{1,2}$/,
  },
  account: { selectors: ['[data-se~=identifier]', '.identifier-container .identifier'], from: ['title', 'text'] },
  lifeMs: null,
  controls: {
    password: oktaPassword,
    otherWay: ['[data-se~=switchAuthenticator]'],
    resend: ['a.resend-number-challenge'],
    cancel: ['[data-se~=cancel]'],
  },
  states: { failed: '.o-form-error-container .infobox-error, .okta-verify-resend-push' },
  giveaway: '.number-challenge-section',
};
