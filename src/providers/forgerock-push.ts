import type { Provider } from './provider.ts';

/** ForgeRock and PingAM's push challenge. Nothing on the page has a name, so it is known by its shape alone. */
export const forgerockPush: Provider = {
  id: 'forgerock-push',
  name: 'ForgeRock',
  apps: ['ForgeRock Authenticator'],
  direction: 'choose',
  hosts: { suffix: ['forgeblocks.com', 'id.forgerock.io'], custom: true },
  matches: ['https://*.forgeblocks.com/*', 'https://*.id.forgerock.io/*'],
  path: /\/am\/|\/login/i,
  marker: {
    all: ['#app'],
    any: 'input[type=hidden][id*=pushChallengeNumber], .fr-login, .card',
    none: 'input[type=password]',
  },
  number: { selectors: ['.d-flex.flex-fill.flex-column > h1.mb-2.mt-4.p-3'], form: /^\d{1,2}$/ },
  account: { carry: true },
  lifeMs: null,
  controls: {},
  states: { failed: '.alert-danger', leavesPath: true },
  // On a host that nobody granted, its shape is too common to ask about.
  giveaway: 'input[type=hidden][id*=pushChallengeNumber]',
};
