import { FirefoxPage } from './firefox-page.ts';

/** Where it is in the browser's own window. */
export const popupBrowser = '.webextension-popup-browser';
const here = `document.querySelector('panel[panelopen] ${popupBrowser}')`;

/** The popup that hangs from the toolbar button: no page of BiDi's, so it is reached through the browser's own window. */
export class FirefoxPopup extends FirefoxPage {
  readonly #window: FirefoxPage;
  #last = 0;

  constructor(window: FirefoxPage) {
    super();
    this.#window = window;
  }

  async evaluate<T>(expression: string): Promise<T> {
    const name = `tandem-${++this.#last}`;
    // A busy computer shows it before its page is there, with whose start all that was begun before is gone.
    const script = `(async () => {
      if (content.location.protocol !== 'moz-extension:' || content.document.readyState === 'loading')
        await new Promise((resolve) => addEventListener('DOMContentLoaded', resolve, { once: true, capture: true }));
      const { document, MutationObserver } = content;
      const [setTimeout, clearTimeout] = [content.setTimeout.bind(content), content.clearTimeout.bind(content)];
      try {
        sendAsyncMessage('${name}', { value: await (${expression}) });
      } catch (thrown) {
        sendAsyncMessage('${name}', { thrown: String(thrown) });
      }
    })()`;
    const { value, thrown } = await this.#window.evaluate<{ value: T; thrown?: string }>(`new Promise((resolve) => {
      const { messageManager } = ${here};
      const answered = ({ data }) => {
        messageManager.removeMessageListener('${name}', answered);
        resolve(data);
      };
      messageManager.addMessageListener('${name}', answered);
      messageManager.loadFrameScript('data:,' + encodeURIComponent(${JSON.stringify(script)}), false);
    })`);
    if (thrown !== undefined) throw new Error(thrown);
    return value;
  }

  /** With the mouse, as the browser asks for permissions in a person's own click alone. */
  override async click(selector: string): Promise<void> {
    await this.waitFor(selector);
    // A popup that has just opened still takes its size: only what stands where it stood a frame ago is hit.
    await this.evaluate(`new Promise((resolve) => {
      const target = () => document.querySelector(${JSON.stringify(selector)});
      const middle = () => {
        const { x, y, width, height } = target()?.getBoundingClientRect() ?? { x: 0, y: 0, width: 0, height: 0 };
        return [x + width / 2, y + height / 2];
      };
      const press = (before) => content.requestAnimationFrame(() => {
        const [x, y] = middle();
        const isHit = target()?.contains(document.elementFromPoint(x, y));
        if (!isHit || x !== before[0] || y !== before[1]) return press([x, y]);
        for (const type of ['mousedown', 'mouseup'])
          content.synthesizeMouseEvent(type, x, y, { button: 0, clickCount: 1 }, {});
        resolve();
      });
      press(middle());
    })`);
  }

  async close(): Promise<void> {
    await this.#window.evaluate(`${here}?.closest('panel').hidePopup()`);
  }
}
