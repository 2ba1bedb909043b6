import type { BrowserContext, CDPSession } from 'playwright-core';

/** The real toolbar popup, which is no page of Playwright's: driven over the browser's own protocol. */
export class Popup {
  readonly #session: CDPSession;
  readonly #targetId: string;
  readonly #sessionId: string;
  readonly #waiting = new Map<number, (answer: { result?: unknown; error?: { message: string } }) => void>();
  #last = 0;

  private constructor(session: CDPSession, targetId: string, sessionId: string) {
    this.#session = session;
    this.#targetId = targetId;
    this.#sessionId = sessionId;
    session.on('Target.receivedMessageFromTarget', ({ sessionId: from, message }) => {
      if (from !== sessionId) return;
      const answer = JSON.parse(message) as { id: number; result?: unknown; error?: { message: string } };
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
  }

  /** Waits for the popup that is about to open. */
  static async attach(context: BrowserContext): Promise<Popup> {
    const browser = context.browser();
    if (!browser) throw new Error('the browser is gone');
    const session = await browser.newBrowserCDPSession();
    const found = new Promise<string>((resolve) => {
      const look = ({ targetInfo }: { targetInfo: { targetId: string; type: string; url: string } }) => {
        if (targetInfo.type === 'page' && targetInfo.url.includes('/popup/')) resolve(targetInfo.targetId);
      };
      session.on('Target.targetCreated', look);
      session.on('Target.targetInfoChanged', look);
    });
    await session.send('Target.setDiscoverTargets', { discover: true });
    const targetId = await found;
    const { sessionId } = await session.send('Target.attachToTarget', { targetId, flatten: false });
    return new Popup(session, targetId, sessionId);
  }

  async send<T>(method: string, params: object = {}): Promise<T> {
    const id = ++this.#last;
    const answered = new Promise<{ result?: unknown; error?: { message: string } }>((resolve) =>
      this.#waiting.set(id, resolve),
    );
    const message = JSON.stringify({ id, method, params });
    await this.#session.send('Target.sendMessageToTarget', { sessionId: this.#sessionId, message });
    const { result, error } = await answered;
    if (error) throw new Error(`${method}: ${error.message}`);
    return result as T;
  }

  /** The value of a JavaScript expression in the popup. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.send<{
      result: { value: T };
      exceptionDetails?: { exception?: { description?: string } };
      // As a person's own click is: the browser asks for permissions only then.
    }>('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true, userGesture: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? 'popup threw');
    return result.value;
  }

  /** Resolves once an element matches; throws after `timeoutMs`. */
  async waitFor(selector: string, timeoutMs = 20_000): Promise<void> {
    const found = await this.evaluate<boolean>(`new Promise((resolve) => {
      const found = () => document.querySelector(${JSON.stringify(selector)});
      if (found()) return resolve(true);
      const timer = setTimeout(() => { observer.disconnect(); resolve(false); }, ${timeoutMs});
      const observer = new MutationObserver(() => {
        if (found()) { clearTimeout(timer); observer.disconnect(); resolve(true); }
      });
      observer.observe(document, { subtree: true, childList: true, attributes: true });
    })`);
    if (!found) {
      const seen = await this.evaluate<string>('document.body.innerText');
      throw new Error(`popup shows no ${selector}, but: ${seen}`);
    }
  }

  async text(selector: string): Promise<string> {
    await this.waitFor(selector);
    return this.evaluate(`document.querySelector(${JSON.stringify(selector)}).textContent`);
  }

  async attribute(selector: string, name: string): Promise<string> {
    await this.waitFor(selector);
    return this.evaluate(`document.querySelector(${JSON.stringify(selector)}).getAttribute(${JSON.stringify(name)})`);
  }

  async click(selector: string): Promise<void> {
    await this.waitFor(selector);
    await this.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`);
  }

  /** A PNG of what it shows. */
  async screenshot(): Promise<Buffer> {
    const { data } = await this.send<{ data: string }>('Page.captureScreenshot');
    return Buffer.from(data, 'base64');
  }

  /** The same once an element is there. */
  async screenshotOf(selector: string): Promise<Buffer> {
    await this.waitFor(selector);
    return this.screenshot();
  }

  /** Closes it; one that had closed by itself, as popups do when something else has the focus, is closed. */
  async close(): Promise<void> {
    const { targetInfos } = await this.#session.send('Target.getTargets');
    if (targetInfos.some(({ targetId }) => targetId === this.#targetId)) {
      // Until it is gone the browser opens no other.
      const gone = new Promise<void>((resolve) => {
        this.#session.on('Target.targetDestroyed', ({ targetId }) => targetId === this.#targetId && resolve());
      });
      await this.#session.send('Target.closeTarget', { targetId: this.#targetId });
      await gone;
    }
    await this.#session.detach();
  }
}
