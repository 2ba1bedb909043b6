import { entraHosts, entraMatches } from './microsoft-hosts.ts';
import type { Provider } from './provider.ts';

/** Microsoft Entra ID without a password, and the classic page of a Microsoft account: the RemoteNGC view. */
export const entraPasswordless: Provider = {
  id: 'entra-passwordless',
  name: 'Microsoft',
  apps: ['Microsoft Authenticator'],
  direction: 'type',
  hosts: { exact: [...entraHosts, 'login.live.com'] },
  matches: [...entraMatches, 'https://login.live.com/*'],
  marker: {
    any: '#idDiv_RemoteNGC_PollingDescription, #idDiv_RemoteNGC_PageDescription, input[type=hidden][name=psRNGCEntropy]',
    none: '#idDiv_SAASDS_Title, #idDiv_SAASTO_Title',
  },
  number: { selectors: ['#idRemoteNGC_DisplaySign'], form: /^\d{2}$/ },
  account: {
    selectors: ['#displayName', 'input[type=hidden][name=login]'],
    from: ['title', 'text', 'value'],
    form: /^[^\s@]+@[^\s@]+$|^\+?[0-9 ]{6,}$/,
    script: /"sPOST_Username":("[^"]+")/,
  },
  lifeMs: 60_000,
  controls: {
    // The second is the password's tile in the list of ways: its number is Microsoft's credential type.
    password: ['#idA_PWD_SwitchToPassword', '[data-test-cred-id="1"]'],
    otherWay: ['#idA_PWD_SwitchToCredPicker', '#signInAnotherWay', '#otherTile'],
    resend: ["input[type=button][value='Send notification']", '#idSIButton9'],
    cancel: ['#idBtn_Back'],
  },
  states: {
    approved: '#KmsiCheckboxField, #KmsiDescription',
    failed: '.alert-error',
    onlyWords: true,
  },
  giveaway: '#idRemoteNGC_DisplaySign',
};
