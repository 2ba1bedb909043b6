import type { Provider } from './provider.ts';

/** Cisco Duo's Verified Push in the Universal Prompt, which never names the account. */
export const duoVerifiedPush: Provider = {
  id: 'duo-verified-push',
  name: 'Duo',
  apps: ['Duo Mobile'],
  direction: 'type',
  hosts: { suffix: ['duosecurity.com', 'duofederal.com'], custom: true },
  matches: ['https://*.duosecurity.com/frame/*', 'https://*.duofederal.com/frame/*'],
  path: /^\/frame\/v4\//i,
  marker: {
    all: ['#auth-view-wrapper, #header-text'],
    any: '#auth-view-wrapper, .other-options-link',
    none: '#auth-view-wrapper.auth-error, input[name=passcode-input], input#passcode-input',
  },
  number: { selectors: ['#auth-view-wrapper .verification-code', 'div.verification-code'], form: /^\d{3,6}$/ },
  account: { carry: true },
  lifeMs: 60_000,
  controls: { otherWay: ['.other-options-link'], resend: ['button.try-again-button'] },
  states: {
    approved: '#trust-browser-button, #trust-this-browser-label',
    failed: '#auth-view-wrapper.auth-error, button.try-again-button',
    approvedPath: /^\/frame\/v4\/oidc\/exit/i,
  },
  giveaway: '#auth-view-wrapper .verification-code',
};
