import { describe, expect, it } from 'vitest';
import { singly } from '../../src/providers/presence.ts';
import { providers } from '../../src/providers/registry.ts';

describe('the selectors of lists', () => {
  it.each([
    ['#a, .b > i,c', ['#a', '.b > i', 'c']],
    ["[title='one, two'] b, i", ["[title='one, two'] b", 'i']],
    [':is(a, b) c, :not([d~="e, f"])', [':is(a, b) c', ':not([d~="e, f"])']],
  ])('%s are taken apart only where the list is', (list, selectors) => {
    expect(singly([list, undefined, list])).toEqual(selectors);
  });

  it('of every provider are all there, and each is one', () => {
    for (const { number, giveaway, states } of providers) {
      const lists = [...number.selectors, giveaway, states.approved, states.denied, states.timedOut, states.failed];
      const selectors = singly(lists);
      const together = lists.filter(Boolean).join().replaceAll(/,\s+/g, ',');
      for (const selector of selectors) expect(together).toContain(selector);
      expect(new Set(selectors.flatMap((one) => singly([one])))).toEqual(new Set(selectors));
    }
  });
});
