import { effect, type ReadonlySignal } from '@preact/signals';
import type { Phone } from './phone.ts';
import { type Place, placeNames } from './view.ts';

/** The part of `window` that is used here. */
export interface BackWindow {
  readonly history: Pick<History, 'state' | 'pushState' | 'replaceState' | 'back'>;
  addEventListener(type: 'popstate', listener: () => void): void;
}

/**
 * The system's way back leads from an inner screen to the home screen, and only from there out of the app: an inner
 * screen is one entry of the history above the home screen's, and never two. A request that is open lies over either.
 * `phone`: null while this window does not lead.
 */
export function backLeadsHome(phone: ReadonlySignal<Pick<Phone, 'place'> | null>, window: BackWindow): void {
  const { history } = window;
  /** Asked for here, and not done yet. */
  let isGoingBack = false;
  const inHistory = (): Place => placeNames.find((name) => name === history.state) ?? 'home';
  const follow = () => {
    const place = phone.value?.place.value;
    const before = inHistory();
    if (place === undefined || place === before || isGoingBack) return;
    if (before !== 'home' && place !== 'home') history.replaceState(place, '');
    else if (place !== 'home') history.pushState(place, '');
    else {
      isGoingBack = true;
      history.back();
    }
  };
  window.addEventListener('popstate', () => {
    if (!isGoingBack && phone.value) phone.value.place.value = inHistory();
    isGoingBack = false;
    follow();
  });
  effect(() => {
    // After a reload the person is where they were.
    if (phone.value?.place.peek() === 'home') phone.value.place.value = inHistory();
  });
  effect(follow);
}
