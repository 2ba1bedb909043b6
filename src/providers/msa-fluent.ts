import type { Provider } from './provider.ts';

/** A personal Microsoft account on the pages of 2025 and later. Classes are hashed; test ids stay. */
export const msaFluent: Provider = {
  id: 'msa-fluent',
  name: 'Microsoft',
  apps: ['Microsoft Authenticator'],
  direction: 'type',
  hosts: { exact: ['login.live.com', 'account.live.com', 'login.microsoftonline.com', 'login.microsoft.com'] },
  matches: [
    'https://login.live.com/*',
    'https://account.live.com/*',
    'https://login.microsoftonline.com/*',
    'https://login.microsoft.com/*',
  ],
  marker: {
    any: '[data-testid=deviceShieldCheckmarkVideo], [data-testid=psRNGCDefaultType], [data-testid=identityBanner], #pushNotificationsTitle, [data-testid=viewFooter]',
    none: '[data-testid=passwordEntry], [data-testid=codeEntry], input[name=otc]',
  },
  number: {
    selectors: ['[data-testid=displaySign] > span', '[data-testid=displaySign]', '#displaySign'],
    form: /^\d{2}$/,
  },
  account: {
    selectors: ['#userDisplayName', '[data-testid=identityBanner]', '#bannerText'],
    from: ['title', 'text'],
    form: /[^\s@]+@[^\s@]+/,
  },
  lifeMs: 60_000,
  controls: {
    password: ['#idA_PWD_SwitchToPassword'],
    otherWay: ['[data-testid=viewFooter] [role=button]'],
    resend: [
      'button[data-testid=primaryButton]',
      'button[aria-describedby~=confirmSendTitle]',
      'button[aria-describedby~=pushNotificationsTitle]',
    ],
    cancel: ['#back-button'],
  },
  states: {
    approved: '[data-testid=kmsiVideo], form[name=KmsiInterruptForm]',
    // The second is the view that offers another try: no number, no shield.
    failed:
      '#errorDescription, body:has([data-testid=psRNGCDefaultType]):not(:has([data-testid=deviceShieldCheckmarkVideo])) button[data-testid=primaryButton], #serviceAbuseLandingTitle',
    approvedPath: /\/ppsecure\/post\.srf/i,
  },
  giveaway: '[data-testid=displaySign], #displaySign',
};
