import { Window } from 'happy-dom';
import { describe, expect, it } from 'vitest';
import { controlNames } from '../../src/providers/provider.ts';
import { providers } from '../../src/providers/registry.ts';
import { expectedOf, readPage } from '../fixtures/page.ts';

/** A fixture with all that its templates hold put onto it. */
function wholePage(html: string) {
  return new new Window().DOMParser().parseFromString(html.replace(/<\/?template\b[^>]*>/g, ''), 'text/html');
}

describe.each(providers)('$id', (provider) => {
  const fixture = readPage(`providers/${provider.id}.html`);
  const page = wholePage(fixture.html);
  const has = (selectors: readonly string[] = []) => selectors.some((selector) => page.querySelector(selector));

  it('has a fixture with each control that its adapter knows', () => {
    const known = controlNames.filter((name) => provider.controls[name]);
    expect(known.filter((name) => has(provider.controls[name]))).toEqual(known);
  });

  it('has a fixture that expects no control which its adapter does not know', () => {
    const known: readonly string[] = controlNames.filter((name) => provider.controls[name]);
    expect(expectedOf(fixture).controls.filter((name) => !known.includes(name))).toEqual([]);
  });
});
