import type { Provider } from './provider.ts';

/** Google's prompt: "Tap Yes, then tap 97 on your phone". The number may be one digit. */
export const googleDp: Provider = {
  id: 'google-dp',
  name: 'Google',
  apps: ['Google', 'Gmail', 'YouTube'],
  direction: 'choose',
  hosts: { exact: ['accounts.google.com'] },
  matches: ['https://accounts.google.com/*'],
  // Google gives the same jsname to other things elsewhere: the path decides.
  path: /^\/(?:v3\/)?signin\/(?:v2\/)?challenge\/dp(?:\/|$)|^\/signin\/challenge\/(?:dp|az)\//i,
  marker: {
    any: '[jsname=NhJ5Dd], form#challenge, figure samp, [data-challengetype]',
    none: 'input[name=totpPin], input[type=password]:not([aria-hidden=true]), input[name=Pin]',
  },
  number: {
    selectors: ['samp[jsname=feLNVc]', 'div[jsname=feLNVc]', 'div[jsname=EKvSSd]', 'figure samp'],
    form: /^\d{1,2}$/,
  },
  account: {
    selectors: ['[data-profile-identifier][data-email]', '[data-profile-identifier]', '[jsname=bQIQze]'],
    from: ['data-email', 'text'],
    form: /^[^\s@]+@[^\s@]+$/,
  },
  lifeMs: null,
  controls: {
    // The password's row in the list of other ways: its number is Google's challenge type.
    password: ['[data-challengetype="1"]:not([data-challengeunavailable=true])'],
    otherWay: ["form[action$='challenge/skip'] [type=submit]", '[jsname=QkNstf] button', 'button[jsname]'],
  },
  states: {
    approvedPath: /\/CheckCookie|\/SetSID/i,
    deniedPath: /\/signin\/rejected|\/challenge\/selection/i,
  },
  giveaway: 'samp[jsname=feLNVc], div[jsname=EKvSSd], form#challenge div[jsname=feLNVc]',
};
