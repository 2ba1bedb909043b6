import type { Action } from 'webextension-polyfill';
import type { RequestView, View, WarningView } from '../messaging/view.ts';
import { isSilence } from './phone-silence.ts';

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

const warningTitles = {
  'look-alike': 'popup_warning_look_alike',
  framed: 'popup_warning_framed',
  rewritten: 'popup_warning_rewritten',
  ask: 'popup_ask',
} as const;

/**
 * What the toolbar shows: "!" while there is a page to be warned of, else the number while a request is open, "!" while
 * something keeps it from the relay, and "?" while a page asks to be allowed. `text` gives the text of a key.
 */
export function badgeOf({ request, warning, fault }: View, text: (key: string) => string): Badge {
  const titleOf = (...parts: (string | null)[]) =>
    [text('common_name'), ...parts].filter((part) => part !== null).join(' · ');
  const warned = (mark: string, background: string, { suspicion, host }: WarningView): Badge => ({
    text: mark,
    background,
    title: titleOf(text(warningTitles[suspicion]), host),
  });
  if (warning && warning.suspicion !== 'ask') return warned('!', colours.trouble, warning);
  if (request) return ofRequest(request, titleOf(request.number, request.site));
  if (fault) return { text: '!', background: colours.trouble, title: titleOf() };
  return warning ? warned('?', colours.live, warning) : { text: '', background: colours.live, title: titleOf() };
}

function ofRequest({ type, life, number }: RequestView, title: string): Badge {
  // A number is of use where another app asks for it, or the person opens this one's by hand.
  if (life.trouble && type !== 'observed' && !isSilence(life.trouble))
    return { text: '!', background: colours.trouble, title };
  const shown = number ?? noNumber;
  return { text: shown.length > mostCharacters ? longNumber : shown, background: colours.live, title };
}

/** Keeps the toolbar's badge as the view is. */
export class BadgeDisplay {
  readonly #action: Pick<Action.Static, 'setBadgeText' | 'setBadgeBackgroundColor' | 'setBadgeTextColor' | 'setTitle'>;
  readonly #text: (key: string) => string;
  #shown = '';

  /** `text` gives the text of a key. */
  constructor(
    action: Pick<Action.Static, 'setBadgeText' | 'setBadgeBackgroundColor' | 'setBadgeTextColor' | 'setTitle'>,
    text: (key: string) => string,
  ) {
    this.#action = action;
    this.#text = text;
  }

  async show(view: View): Promise<void> {
    const badge = badgeOf(view, this.#text);
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
