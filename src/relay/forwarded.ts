/** What says for whom a proxy asks; whichever it writes itself. */
export const proxyHeaders = ['x-forwarded-for', 'forwarded'] as const;
export type ProxyHeader = (typeof proxyHeaders)[number];

const token = "[!#$%&'*+.^`|~\\w-]+";
/** A pair of RFC 7239 §4, which may be missing, and what ends it. */
const pair = new RegExp(`[ \\t]*(?:(${token})=(?:(${token})|"((?:[^"\\\\]|\\\\.)*)"))?[ \\t]*(;|,|$)`, 'y');

/** Whom each proxy saw, the first one first; an empty text where it does not say. */
type Reader = (value: string) => string[];

/** By the header's name. One that is not written as its specification says counts as if it were not there. */
export const forwardedBy: Readonly<Record<ProxyHeader, Reader>> = {
  'x-forwarded-for': (value) => value.split(','),
  forwarded(value) {
    const seen: string[] = [];
    let inElement: string | null = null;
    for (pair.lastIndex = 0; pair.lastIndex <= value.length; ) {
      const [, key, plain, quoted, end] = pair.exec(value) ?? [];
      if (end === undefined) return [];
      if (key?.toLowerCase() === 'for') {
        if (inElement !== null) return [];
        inElement = plain ?? quoted?.replace(/\\(.)/g, '$1') ?? '';
      }
      if (end === ';') continue;
      seen.push(inElement ?? '');
      inElement = null;
      if (end === '') break;
    }
    return seen;
  },
};
