/** Sign-in hosts of the public cloud, the American government's and China's. */
export const entraHosts = [
  'login.microsoftonline.com',
  'login.microsoft.com',
  'login.windows.net',
  'login.microsoftonline.us',
  'login.partner.microsoftonline.cn',
  'login.chinacloudapi.cn',
] as const;

export const entraMatches = entraHosts.map((host) => `https://${host}/*`);
