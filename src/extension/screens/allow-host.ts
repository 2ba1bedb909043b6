import { browser } from '../messaging/browser.ts';
import { call } from '../messaging/call.ts';

/** Has the browser ask, in its own words, for this one host, which it does only in the click itself. */
export async function allowHost(host: string): Promise<void> {
  const isAllowed = await browser.permissions.request({ origins: [`https://${host}/*`] });
  if (isAllowed) await call('hosts/add', { host });
}
