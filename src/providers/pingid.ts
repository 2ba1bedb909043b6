import type { Provider } from './provider.ts';

/** PingID's number matching. */
export const pingid: Provider = {
  id: 'pingid',
  name: 'PingID',
  apps: ['PingID'],
  direction: 'choose',
  hosts: {
    exact: [
      'authenticator.pingone.com',
      'authenticator.pingone.eu',
      'authenticator.pingone.ca',
      'authenticator.pingone.asia',
      'authenticator.pingone.com.au',
    ],
    custom: true,
  },
  matches: [
    'https://authenticator.pingone.com/*',
    'https://authenticator.pingone.eu/*',
    'https://authenticator.pingone.ca/*',
    'https://authenticator.pingone.asia/*',
    'https://authenticator.pingone.com.au/*',
  ],
  path: /^\/pingid\/ppm\/auth/i,
  marker: {
    all: ['form#form1, #authModelSection'],
    // The last is the vendor's own spelling.
    any: '.window.authenticating, #authModelSection, form#reponseView',
    none: 'input#otp',
  },
  number: { selectors: ['.numbermatching'], form: /^\d{1,2}$/ },
  account: { carry: true },
  lifeMs: null,
  controls: { otherWay: ["a.button[href$='/pingid/ppm/devices']"] },
  states: {
    approved: '.window.success',
    failed: '.window.error',
    approvedPath: /^\/pingid\/ppm\/auth\/response/i,
  },
  giveaway: '.numbermatching',
};
