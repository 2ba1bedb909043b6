import type { Provider } from './provider.ts';

/** privacyIDEA's push with "require presence" in Keycloak. The page posts itself again every two seconds. */
export const privacyideaKeycloak: Provider = {
  id: 'privacyidea-keycloak',
  name: 'privacyIDEA',
  apps: ['privacyIDEA Authenticator'],
  direction: 'choose',
  hosts: { custom: true },
  matches: [],
  path: /\/realms\/[^/]+\/(?:login-actions\/authenticate|protocol\/)/i,
  marker: {
    all: ['form#kc-otp-login-form', 'input#authenticationForm, input#authenticationFormResult'],
    none: 'input#otp',
  },
  // A sentence that administrators write and translate; the answer is its tail: "… Please press: D".
  number: { selectors: ['form#kc-otp-login-form h4.bold-text'], form: /(?:^|[\s:])([A-Z]|\d{2})[.!]?$/ },
  account: { selectors: ['#kc-attempted-username'], from: ['text'] },
  lifeMs: 120_000,
  controls: { otherWay: ['#otpButton', '#webAuthnButton', '#alternateToken'], cancel: ['#reset-login'] },
  states: { failed: '#login-error, .alert-error', leavesPath: true },
  giveaway: 'input#authenticationForm, input#authenticationFormResult',
};
