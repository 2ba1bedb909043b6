import type { Provider } from './provider.ts';

/** The push extension of Keycloak with a number to match or type. */
export const keycloakPushMfa: Provider = {
  id: 'keycloak-push-mfa',
  name: 'Keycloak',
  // Whichever the organisation has built.
  apps: [],
  direction: 'choose',
  hosts: { custom: true },
  matches: [],
  path: /\/realms\/[^/]+\//i,
  marker: { all: ['#kc-push-wait-root[data-push-mfa-page=login-wait]'], any: '#kc-push-form' },
  number: { selectors: ['#kc-push-user-verification'], form: /^\d{1,8}$/ },
  account: { selectors: ['#kc-attempted-username'], from: ['text'] },
  lifeMs: 240_000,
  controls: {
    otherWay: ['#try-another-way'],
    resend: ['#kc-push-form button[name=refresh]'],
    cancel: ['#kc-push-form button[name=cancel]'],
  },
  states: {
    // Only the page of an expired request offers another try.
    timedOut: '.kc-push-card button[name=retry]',
    failed: '.kc-push-card .alert-error',
    leavesPath: true,
  },
  giveaway: '#kc-push-wait-root',
};
