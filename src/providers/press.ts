import { findControl } from './detect.ts';
import type { Provider } from './provider.ts';

/**
 * `password`: the page now asks for the password. `other-way`: its list of other ways is open, and the person goes on
 * there. `none`: this page offers neither.
 */
export type Pressed = 'password' | 'other-way' | 'none';

/** How long a page may take to open its list of other ways, ms. */
const listMs = 3000;

/**
 * Presses the page's own way to the password: its control for that, else the one for other ways, and then the password
 * in what opens. Resolves at the latest 3 s after the first press, or when `signal` aborts.
 */
export async function pressPassword(document: Document, provider: Provider, signal: AbortSignal): Promise<Pressed> {
  const password = findControl(document, provider, 'password');
  if (password) {
    password.click();
    return 'password';
  }
  const otherWay = findControl(document, provider, 'otherWay');
  if (!otherWay) return 'none';
  otherWay.click();
  if (!provider.controls.password) return 'other-way';
  const second = await appears(document, provider, AbortSignal.any([signal, AbortSignal.timeout(listMs)]));
  second?.click();
  return second ? 'password' : 'other-way';
}

function appears(document: Document, provider: Provider, signal: AbortSignal): Promise<HTMLElement | null> {
  return new Promise((resolve) => {
    const check = () => {
      const found = findControl(document, provider, 'password');
      if (found || signal.aborted) {
        observer.disconnect();
        resolve(found);
      }
    };
    const observer = new MutationObserver(check);
    observer.observe(document, { subtree: true, childList: true, attributes: true });
    signal.addEventListener('abort', check, { once: true });
    check();
  });
}
