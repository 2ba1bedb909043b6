/** A document in Firefox, whichever way its scripts are run. */
export abstract class FirefoxPage {
  /** The value of a JavaScript expression or of its promise, as JSON has it. */
  abstract evaluate<T>(expression: string): Promise<T>;

  /** Resolves once an element matches; throws after `timeoutMs` with what is to be seen instead. */
  async waitFor(selector: string, timeoutMs = 10_000): Promise<void> {
    if (await this.#becomes(`document.querySelector(${JSON.stringify(selector)})`, timeoutMs)) return;
    throw new Error(`no ${selector}, but: ${await this.evaluate('document.body?.innerText')}`);
  }

  async attribute(selector: string, name: string): Promise<string> {
    await this.waitFor(`${selector}[${name}]`);
    return this.evaluate(`document.querySelector(${JSON.stringify(selector)}).getAttribute(${JSON.stringify(name)})`);
  }

  async text(selector: string): Promise<string> {
    await this.waitFor(selector);
    return this.evaluate(`document.querySelector(${JSON.stringify(selector)}).textContent`);
  }

  async click(selector: string): Promise<void> {
    await this.waitFor(selector);
    await this.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`);
  }

  /** Presses the button with this text. */
  async press(name: string): Promise<void> {
    const button = `[...document.querySelectorAll('button')].find((button) => button.textContent === ${JSON.stringify(name)})`;
    if (!(await this.#becomes(button, 10_000))) throw new Error(`no button ${name}`);
    await this.evaluate(`${button}.click()`);
  }

  /** Has a text in a field, as if a person had typed it. */
  async fill(selector: string, text: string): Promise<void> {
    await this.waitFor(selector);
    await this.evaluate(`(() => {
      const field = document.querySelector(${JSON.stringify(selector)});
      field.value = ${JSON.stringify(text)};
      field.dispatchEvent(new InputEvent('input', { bubbles: true }));
    })()`);
  }

  /** Whether a JavaScript expression comes to say yes within the time. */
  #becomes(expression: string, timeoutMs: number): Promise<boolean> {
    return this.evaluate(`new Promise((resolve) => {
      if (${expression}) return resolve(true);
      const end = (is) => {
        clearTimeout(timer);
        observer.disconnect();
        resolve(is);
      };
      const timer = setTimeout(() => end(false), ${timeoutMs});
      const observer = new MutationObserver(() => { if (${expression}) end(true); });
      observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    })`);
  }
}
