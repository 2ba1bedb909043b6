import type english from '../../public/_locales/en/messages.json';

export type MessageKey = keyof typeof english;
export type Lookup = (key: string, substitutions: string[]) => string;

let lookup: Lookup = (key) => key;

/** Says where texts come from; once, before anything is rendered. */
export function useTexts(source: Lookup): void {
  lookup = source;
}

/** The text of `key` in the person's language, `$1`, `$2`, … replaced by `substitutions`. */
export function t(key: MessageKey, ...substitutions: (string | number)[]): string {
  return lookup(key, substitutions.map(String));
}

/** The text of a family of keys whose member is data: `textOf('error', 'link-expired')` is the text of `error_link_expired`. */
export function textOf(family: 'error' | 'stage' | 'step' | 'end', member: string, suffix: '' | '_next' = ''): string {
  return lookup(`${family}_${member.replaceAll('-', '_')}${suffix}`, []);
}
