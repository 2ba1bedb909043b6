import type { Provider } from './provider.ts';

/** GitHub Mobile as second factor, for sudo mode and for a new device. Views are toggled by `hidden`. */
export const githubMobile: Provider = {
  id: 'github-mobile',
  name: 'GitHub',
  apps: ['GitHub Mobile'],
  direction: 'type',
  hosts: { exact: ['github.com'] },
  // All of github.com: its pages change without loading, so a script on some paths only would not be there.
  matches: ['https://github.com/*'],
  path: /^\/sessions\/|^\/password_reset\/|^\/sudo|\/settings\//i,
  marker: {
    any: '#github-mobile-authenticate-prompt, form#github-mobile-authenticate-form, sudo-credential-options',
    none: '#github-mobile-authenticate-error-and-retry:not([hidden])',
  },
  number: {
    selectors: [
      "[data-target~='sudo-credential-options.githubMobileChallengeValue']",
      '[data-test-selector=github-mobile-challenge]',
      '#github-mobile-authenticate-prompt h1',
      '#github-mobile-authenticate-prompt h3',
    ],
    form: /^\d{2,3}$/,
  },
  account: {
    selectors: ['meta[name=user-login]', 'input[name=login][type=hidden]'],
    from: ['content', 'value'],
    carry: true,
  },
  lifeMs: null,
  controls: {
    otherWay: ["a[href^='/sessions/two-factor']", 'a[data-test-selector]'],
    resend: ['#github-mobile-authenticate-error-and-retry button', '#github-mobile-authenticate-error-and-retry a'],
  },
  states: {
    failed: '#github-mobile-authenticate-error-and-retry:not([hidden]), .github-mobile-auth-flash, .flash-error',
    deniedPath: /^\/login\/?$/i,
    leavesPath: true,
  },
  giveaway: '#github-mobile-authenticate-prompt, sudo-credential-options',
};
