import { isVisible, wholeText } from './page-text.ts';
import { type ControlName, controlNames, type Provider } from './provider.ts';

/** What a page's markup says of how its request ended. `failed`: denied or timed out, the page does not tell which. */
export type PageEnd = 'approved' | 'denied' | 'timed-out' | 'failed';
export type Controls = Readonly<Record<ControlName, boolean>>;

/** Longest account that is passed on, UTF-16 units: core's `nameCharacters`. */
const mostAccountCharacters = 256;

/** The number and its element, where the page is the provider's and the number is there to be seen. */
export function findNumber(document: Document, provider: Provider): { number: string; element: Element } | null {
  for (const selector of provider.number.selectors) {
    for (const element of document.querySelectorAll(selector)) {
      const number = numberIn(wholeText(element), provider.number.form);
      if (number !== null && isVisible(element) && hasMarker(document, provider)) return { number, element };
    }
  }
  return null;
}

function numberIn(text: string, form: RegExp): string | null {
  const sentence = form.exec(text)?.[1];
  if (sentence !== undefined) return sentence;
  const whole = text.replaceAll(' ', '');
  return form.exec(whole)?.[0] === whole && whole !== '' ? whole : null;
}

function hasMarker(document: Document, { marker }: Provider): boolean {
  const { all = [], any, none } = marker;
  return (
    all.every((selector) => document.querySelector(selector)) &&
    (any === undefined || document.querySelector(any) !== null) &&
    (none === undefined || ![...document.querySelectorAll(none)].some(isVisible))
  );
}

/** The account as the page names it, or null. */
export function readAccount(document: Document, { account }: Provider): string | null {
  for (const selector of account.selectors ?? []) {
    const element = document.querySelector(selector);
    for (const from of element ? (account.from ?? []) : []) {
      const found = accountIn(readFrom(element as Element, from), account.form);
      if (found) return found;
    }
  }
  return account.script ? accountIn(inScript(document, account.script), account.form) : null;
}

function readFrom(element: Element, from: string): string {
  if (from === 'text') return element.textContent ?? '';
  return from === 'value' && element instanceof HTMLInputElement ? element.value : (element.getAttribute(from) ?? '');
}

function accountIn(value: string, form = /.+/): string | null {
  const shown = value
    .normalize('NFC')
    .replace(/\p{DI}/gu, '')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  const found = form.exec(shown)?.[0] ?? '';
  return found === '' || found.length > mostAccountCharacters ? null : found;
}

function inScript(document: Document, pattern: RegExp): string {
  for (const script of document.scripts) {
    const text = pattern.exec(script.textContent ?? '')?.[1];
    if (text !== undefined) return unquote(text);
  }
  return '';
}

// The page writes what it likes between its quotes.
function unquote(json: string): string {
  try {
    return String(JSON.parse(json));
  } catch {
    return '';
  }
}

/** How the request ended, as far as the page's markup says. */
export function readEnd(document: Document, { states }: Provider): PageEnd | null {
  if (standing(document, states.approved)) return 'approved';
  if (standing(document, states.denied)) return 'denied';
  if (standing(document, states.timedOut)) return 'timed-out';
  const failed = standing(document, states.failed);
  return failed ? (endInWords(wholeText(failed)) ?? readWords(document) ?? 'failed') : null;
}

/** What the page says in English, when nothing else is left to go by. Costs a layout of the page. */
export function readWords({ body }: Document): 'denied' | 'timed-out' | null {
  return endInWords(body?.innerText ?? '');
}

function standing(document: Document, selectors: string | undefined): Element | undefined {
  if (selectors === undefined) return undefined;
  return [...document.querySelectorAll(selectors)].find(
    (element) => element.matches('form, input[type=hidden]') || isVisible(element),
  );
}

const deniedWords = /reject|denied|declin|not you/i;
const timedOutWords = /expired|timed out|time out|didn['’]t (?:hear|respond)|no response|request wasn['’]t sent/i;

// The last resort, and in English only: a text that speaks of both tells nothing.
function endInWords(text: string): 'denied' | 'timed-out' | null {
  const isDenied = deniedWords.test(text);
  if (isDenied === timedOutWords.test(text)) return null;
  return isDenied ? 'denied' : 'timed-out';
}

/** The control to press, where one can be seen. */
export function findControl(document: Document, { controls }: Provider, name: ControlName): HTMLElement | null {
  for (const selector of controls[name] ?? []) {
    const found = [...document.querySelectorAll<HTMLElement>(selector)].find(isVisible);
    if (found) return found;
  }
  return null;
}

/** Which controls can be seen. */
export function readControls(document: Document, provider: Provider): Controls {
  const there = controlNames.map((name) => [name, findControl(document, provider, name) !== null]);
  return Object.fromEntries(there) as Controls;
}
