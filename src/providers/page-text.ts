/** Longer texts are no number, and not worth the time. */
const mostCharacters = 1000;

/**
 * A text as people read it: compatibility forms folded, what shows nothing (zero-width, bidirectional marks) taken out,
 * the digits of every script as 0 to 9, blanks single.
 */
export function fold(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/\p{DI}/gu, '')
    .replace(/\p{Nd}/gu, asciiDigit)
    .replace(/\s+/gu, ' ')
    .trim();
}

// Unicode keeps each script's ten digits together and in order, from 0 on.
function asciiDigit(digit: string): string {
  let value = 0;
  const code = digit.codePointAt(0) as number;
  while (/\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value++;
  return String(value % 10);
}

/** All text of an element, folded. */
export function wholeText(element: Element): string {
  const text = element.textContent ?? '';
  return text.length > mostCharacters ? '' : fold(text);
}

/** Whether a person who looks at the page, scrolled as far as needed, can see the element. */
export function isVisible(element: Element): boolean {
  // Both spellings: the first is today's, the second that of browsers before 2024.
  const asked = { opacityProperty: true, visibilityProperty: true, checkOpacity: true, checkVisibilityCSS: true };
  if (!element.checkVisibility(asked)) return false;
  const { width, height, right, bottom } = element.getBoundingClientRect();
  const isOnPage = right + scrollX > 0 && bottom + scrollY > 0;
  return width > 1 && height > 1 && isOnPage && !isClipped(element);
}

// A box with no size hides what is in it, but not what is placed out of it.
function isClipped(element: Element): boolean {
  for (let box: Element | null = element; box && box !== document.body; box = box.parentElement) {
    const { width, height } = box.getBoundingClientRect();
    const { overflow, position } = getComputedStyle(box);
    if ((width <= 1 || height <= 1) && overflow !== 'visible') return true;
    if (position === 'absolute' || position === 'fixed') return false;
  }
  return false;
}
