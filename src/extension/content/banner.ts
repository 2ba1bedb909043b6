export interface BannerOptions {
  document: Document;
  /** One sentence. */
  text: string;
  /** What its button is called. */
  close: string;
  direction: string;
  signal: AbortSignal;
}

const boxStyle = `all: initial; position: fixed; inset: 0 0 auto 0; z-index: 2147483647; display: flex; gap: 12px;
  align-items: center; justify-content: center; padding: 10px 16px; box-sizing: border-box; color: #3a1210;
  background: #fde8e6; border-bottom: 2px solid #b3261e; font: 16px/1.4 system-ui, sans-serif;`;
const buttonStyle = `all: initial; flex: none; min-width: 44px; min-height: 44px; text-align: center; cursor: pointer;
  color: #3a1210; border: 1px solid #b3261e; border-radius: 10px; font: 600 18px/1 system-ui, sans-serif;`;

/** Says one sentence over the page until it is closed, or `signal` aborts. Neither sees the other's styles. */
export function showBanner({ document, text, close, direction, signal }: BannerOptions): void {
  const host = document.createElement('div');
  const box = document.createElement('div');
  const sentence = document.createElement('span');
  const button = document.createElement('button');
  host.style.cssText = 'all: initial';
  box.style.cssText = boxStyle;
  box.dir = direction;
  box.setAttribute('role', 'alert');
  sentence.textContent = text;
  button.style.cssText = buttonStyle;
  button.type = 'button';
  button.textContent = '✕';
  button.setAttribute('aria-label', close);
  button.addEventListener('focus', () => {
    button.style.outline = '3px solid #b3261e';
  });
  button.addEventListener('blur', () => {
    button.style.outline = '';
  });
  button.addEventListener('click', () => host.remove());
  signal.addEventListener('abort', () => host.remove(), { once: true });
  box.append(sentence, button);
  host.attachShadow({ mode: 'closed' }).append(box);
  document.documentElement.append(host);
}
