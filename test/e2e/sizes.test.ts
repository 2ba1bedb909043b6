import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadedSizes, phoneFirst } from '../bench/sizes.ts';

describe('what is loaded', () => {
  const rules = loadedSizes().map(({ what, most, bytes }) => [what, most, bytes] as const);
  it.each(rules)('%s: at most %i bytes after gzip', (_what, most, bytes) => {
    expect(bytes).toBeLessThanOrEqual(most);
  });
});

describe('what the phone app loads first', () => {
  const { scripts, texts } = phoneFirst();

  it('is one script', () => {
    expect(scripts).toHaveLength(1);
  });

  it('has its texts in one file for each language', () => {
    expect(texts).toHaveLength(readdirSync('public/_locales').length);
  });

  it('has every text that its screens may show before others have come', () => {
    // One is shown once it is known whether the phone rings, which is loaded with the others; one on screens of the others.
    const shownLater = ['phone_observed_unknown', 'phone_ring_home'];
    const named = scripts.flatMap(
      (script) => readFileSync(script, 'utf8').match(/\b(?:phone|common|error)_[a-z0-9_]+/g) ?? [],
    );
    for (const file of texts) {
      const known = new Set(readFileSync(file, 'utf8').match(/\w+(?=:)/g));
      const missing = new Set(named.filter((key) => !known.has(key)));
      expect([...missing].sort(), file).toEqual(shownLater);
    }
  });

  it('has no screen whose texts are loaded later', () => {
    const later =
      /phone_(?:(?:accounts|browsers|denied|history|mend|news|scan)_\w+|(?:approved|digits|gone|mismatched|observed|pairing|no_registration|wrong_origin)\b)/g;
    expect(scripts.flatMap((script) => readFileSync(script, 'utf8').match(later) ?? [])).toEqual([]);
  });
});
