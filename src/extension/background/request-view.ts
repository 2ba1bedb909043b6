import { providerOf } from '../../providers/registry.ts';
import type { RequestView } from '../messaging/view.ts';
import type { Held } from './held-request.ts';

/** What the extension's pages show of a request. */
export function requestView(held: Held): RequestView {
  const { id, origin, life } = held;
  if (held.kind === 'challenge') {
    const { type, site, account } = held.challenge;
    const { number, choices } = held.challenge.type === 'sign-in' ? held.challenge : { number: null, choices: null };
    return { id, type, number, isTyped: choices?.length === 0, site, origin, account, life };
  }
  const { seen, pressed = null, isQuiet = false } = held;
  const provider = providerOf(seen.provider);
  return {
    id,
    type: 'observed',
    number: seen.number,
    site: provider?.name ?? '',
    origin,
    account: seen.account ?? null,
    life,
    apps: provider?.apps ?? [],
    direction: provider?.direction ?? 'compare',
    isLifeKnown: provider?.lifeMs != null,
    pressed,
    isQuiet,
  };
}
