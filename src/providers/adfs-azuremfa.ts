import type { Provider } from './provider.ts';

/** AD FS with the Azure MFA adapter, on an organisation's own host. The page posts itself again each second. */
export const adfsAzuremfa: Provider = {
  id: 'adfs-azuremfa',
  name: 'AD FS',
  apps: ['Microsoft Authenticator'],
  direction: 'type',
  hosts: { custom: true },
  matches: [],
  path: /^\/adfs\//i,
  marker: {
    all: ['form#options'],
    any: 'input#context, input[name=AuthMethod][value=AzureMfaAuthentication], #instructions',
    none: 'input#verificationCodeInput',
  },
  number: { selectors: ['p#validEntropyNumber', '#validEntropyNumber'], form: /^\d{2}$/ },
  account: {
    selectors: ['#userNameInput', '#loginMessage', '#identityBanner'],
    from: ['value', 'text'],
    form: /[^\s@\\]+@[^\s@\\]+|[^\s@\\]+\\[^\s@\\]+/,
    carry: true,
  },
  lifeMs: 60_000,
  controls: { otherWay: ['#otherOptions', '#AzureMfaAuthentication', '#verificationOption'] },
  states: { approved: 'input[name=SAMLResponse], input[name=wresult]', failed: '#errorText', leavesPath: true },
  giveaway: '#validEntropyNumber',
};
