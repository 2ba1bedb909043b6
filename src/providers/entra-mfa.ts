import { entraHosts, entraMatches } from './microsoft-hosts.ts';
import type { Provider } from './provider.ts';

/** Microsoft Entra ID, second factor: the session-approval view. */
export const entraMfa: Provider = {
  id: 'entra-mfa',
  name: 'Microsoft',
  apps: ['Microsoft Authenticator'],
  direction: 'type',
  hosts: { exact: entraHosts },
  matches: entraMatches,
  marker: {
    any: '#idDiv_SAOTCAS_Title, #idDiv_SAOTCAS_Description, input[type=hidden][name=mfaAuthMethod][value=PhoneAppNotification]',
    none: '#idDiv_SAASDS_Title, #idDiv_SAASTO_Title, #idTxtBx_SAOTCC_OTC',
  },
  number: {
    selectors: [
      '#idRichContext_DisplaySign',
      '[data-viewid] .displaySign',
      '.display-sign-container .displaySign',
      '[data-testid=displaySign]',
    ],
    form: /^\d{2}$/,
  },
  account: {
    selectors: ['#displayName', 'input[type=hidden][name=login]'],
    from: ['title', 'text', 'value'],
    form: /^[^\s@]+@[^\s@]+$/,
    script: /"sPOST_Username":("[^"]+")/,
  },
  lifeMs: 60_000,
  controls: {
    otherWay: ['#signInAnotherWay', '#idA_SAASTO_TOTP'],
    resend: ['#idA_SAASTO_Resend', '#idA_SAASDS_Resend'],
    cancel: ['#idBtn_SAASDS_Cancel', '#idBtn_Back'],
  },
  states: {
    approved: '#KmsiCheckboxField, #KmsiDescription',
    denied: '#idDiv_SAASDS_Title, #idDiv_SAASDS_Description',
    timedOut: '#idDiv_SAASTO_Title, #idDiv_SAASTO_Description',
    failed: '#service_exception_message',
    approvedPath: /\/kmsi|\/SAS\/ProcessAuth/i,
  },
  giveaway: '#idRichContext_DisplaySign, #idDiv_SAOTCAS_Title, #idDiv_SAOTCAS_Description',
};
