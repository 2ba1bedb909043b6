import type { Action } from 'webextension-polyfill';
import type { View } from '../messaging/view.ts';

export interface Badge {
  text: string;
  background: string;
  title: string;
}

const colours = { live: '#3346c9', trouble: '#b3261e' };
/** A registration has no number. */
const noNumber = '+';
/** A longer number would be cut off; the title has it whole. */
const mostCharacters = 3;
const longNumber = '#';

/** What the toolbar shows: the number while a request is open, "!" while something keeps it from the phone. */
export function badgeOf({ request, fault }: View, name: string): Badge {
  if (!request) return { text: fault ? '!' : '', background: colours.trouble, title: name };
  const title = [name, request.number, request.site].filter((part) => part !== null).join(' · ');
  // A number for another app is of use while this one's phone cannot be reached.
  if (request.life.trouble && request.type !== 'observed') return { text: '!', background: colours.trouble, title };
  const number = request.number ?? noNumber;
  return { text: number.length > mostCharacters ? longNumber : number, background: colours.live, title };
}

/** Keeps the toolbar's badge as the view is. */
export class BadgeDisplay {
  readonly #action: Pick<Action.Static, 'setBadgeText' | 'setBadgeBackgroundColor' | 'setBadgeTextColor' | 'setTitle'>;
  readonly #name: string;
  #shown = '';

  /** `name`: what the extension calls itself. */
  constructor(
    action: Pick<Action.Static, 'setBadgeText' | 'setBadgeBackgroundColor' | 'setBadgeTextColor' | 'setTitle'>,
    name: string,
  ) {
    this.#action = action;
    this.#name = name;
  }

  async show(view: View): Promise<void> {
    const badge = badgeOf(view, this.#name);
    const key = JSON.stringify(badge);
    if (key === this.#shown) return;
    this.#shown = key;
    await Promise.all([
      this.#action.setBadgeText({ text: badge.text }),
      this.#action.setBadgeBackgroundColor({ color: badge.background }),
      this.#action.setBadgeTextColor({ color: '#ffffff' }),
      this.#action.setTitle({ title: badge.title }),
    ]);
  }
}
