import { oktaMatches, oktaPassword, oktaSuffixes } from './okta-hosts.ts';
import type { Provider } from './provider.ts';

/** Okta Verify's number challenge in the third generation of the sign-in widget. `data-se` holds several words. */
export const oktaV3: Provider = {
  id: 'okta-v3',
  name: 'Okta',
  apps: ['Okta Verify'],
  direction: 'choose',
  hosts: { suffix: oktaSuffixes, custom: true },
  matches: oktaMatches,
  marker: {
    all: ['#okta-sign-in, [data-se~=auth-container]'],
    any: '[data-se~=numberchallenge-instr-value], #code [data-se~=icon-code]',
    none: "input[name='credentials.totp'], input[name='credentials.passcode']",
  },
  number: {
    selectors: ['#code [data-se~=text-code]', '[data-se~=text-code]', '[data-se~=numberchallenge-instr-value] .strong'],
    form: /^\d{1,2}$/,
  },
  account: { selectors: ['[data-se~=identifier]', '[data-se~=identifier-container]'], from: ['title', 'text'] },
  lifeMs: null,
  controls: {
    password: oktaPassword,
    otherWay: ['[data-se~=switchAuthenticator]'],
    resend: ['a.resend-number-challenge'],
    cancel: ['[data-se~=cancel]'],
  },
  states: {
    // The reminder after 30 s is an alert too: only the error's own colour tells.
    failed: '[data-se~=message][data-se-severity=error], [role=alert].MuiAlert-colorError',
    approvedPath: /\/login\/token\/redirect/i,
  },
  giveaway: '[data-se~=numberchallenge-instr-value], #code [data-se~=text-code]',
};
