import { suspicionOf } from '../../providers/lookalike.ts';
import { providerOf } from '../../providers/registry.ts';
import type { Sighting } from '../../providers/sighting.ts';
import { showBanner } from './banner.ts';

const sentences = {
  'look-alike': 'popup_banner_look_alike',
  framed: 'popup_banner_framed',
  rewritten: 'popup_banner_rewritten',
} as const;

/**
 * Warns over the page, until `signal` aborts, of a number that stands where its provider is not at home. A page that may be
 * right is not accused.
 */
export function warnOf(
  sighting: Sighting,
  { document, location, top, self }: Pick<Window, 'document' | 'location' | 'top' | 'self'>,
  getMessage: (key: string, substitution?: string) => string,
  signal: AbortSignal,
): void {
  const provider = sighting.type === 'stranger' ? providerOf(sighting.provider) : null;
  const suspicion = provider && suspicionOf(provider, { url: location.href, top: top === self }, []);
  if (!provider || !suspicion || suspicion === 'ask') return;
  showBanner({
    document,
    text: getMessage(sentences[suspicion], provider.name),
    close: getMessage('popup_warning_dismiss'),
    direction: getMessage('common_direction'),
    signal,
  });
}
