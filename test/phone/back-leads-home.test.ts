import { signal } from '@preact/signals';
import { expect, it } from 'vitest';
import { type BackWindow, backLeadsHome } from '../../src/phone/back-leads-home.ts';
import type { Place } from '../../src/phone/view.ts';

/** Entries of a browser's history, whose way back takes effect a little later, as in a browser. */
class Entries implements BackWindow {
  all: unknown[] = [null];
  at = 0;
  #popped: () => void = () => undefined;
  readonly history: BackWindow['history'];

  constructor() {
    const entries = this;
    this.history = {
      get state() {
        return entries.all[entries.at];
      },
      pushState: (state) => {
        entries.all = [...entries.all.slice(0, ++entries.at), state];
      },
      replaceState: (state) => {
        entries.all[entries.at] = state;
      },
      back: () => queueMicrotask(() => entries.go(-1)),
    };
  }

  addEventListener(_: 'popstate', listener: () => void): void {
    this.#popped = listener;
  }

  go(by: number): void {
    this.at += by;
    this.#popped();
  }
}

function opened(entries = new Entries()) {
  const place = signal<Place>('home');
  const phone = signal<{ place: typeof place } | null>({ place });
  backLeadsHome(phone, entries);
  return { entries, place, phone };
}

it('leads from any inner screen to the home screen, and never through another', () => {
  const { entries, place } = opened();
  place.value = 'browsers';
  place.value = 'scan';
  expect(entries.all).toEqual([null, 'scan']);
  entries.go(-1);
  expect(place.value).toBe('home');
  expect(entries.at).toBe(0);
  entries.go(1);
  expect(place.value).toBe('scan');
});

it('leaves nothing to go back to once the person is home, even where they go on at once', async () => {
  const { entries, place } = opened();
  place.value = 'history';
  place.value = 'home';
  await Promise.resolve();
  expect(entries.at).toBe(0);
  place.value = 'history';
  place.value = 'home';
  place.value = 'mend';
  await Promise.resolve();
  expect(place.value).toBe('mend');
  expect(entries).toMatchObject({ all: [null, 'mend'], at: 1 });
});

it('finds the person where they were after a reload, or after another window led', () => {
  const { entries, place, phone } = opened();
  place.value = 'accounts';
  expect(opened(entries).place.value).toBe('accounts');
  phone.value = null;
  entries.go(-1);
  const again = signal<Place>('home');
  phone.value = { place: again };
  expect(again.value).toBe('home');
});

it('takes a state that is not its own for the home screen', () => {
  const entries = new Entries();
  entries.all = ['constructor'];
  expect(opened(entries).place.value).toBe('home');
});
