import type { Bidi } from './bidi.ts';
import { FirefoxPage } from './firefox-page.ts';

type Evaluated =
  | { type: 'success'; result: { value?: string } }
  | { type: 'exception'; exceptionDetails: { text: string } };

/** A tab of Firefox, a frame in one, or a window of the browser's own. */
export class FirefoxTab extends FirefoxPage {
  readonly #bidi: Bidi;
  readonly #context: string;

  constructor(bidi: Bidi, context: string) {
    super();
    this.#bidi = bidi;
    this.#context = context;
  }

  async goto(url: string): Promise<void> {
    await this.#bidi.send('browsingContext.navigate', { context: this.#context, url, wait: 'complete' });
  }

  async evaluate<T>(expression: string): Promise<T> {
    const evaluated = await this.#bidi.send<Evaluated>('script.evaluate', {
      expression: `(async () => JSON.stringify(await (${expression})))()`,
      target: { context: this.#context },
      awaitPromise: true,
      userActivation: true,
    });
    if (evaluated.type === 'exception') throw new Error(evaluated.exceptionDetails.text);
    const { value } = evaluated.result;
    return (value === undefined ? undefined : JSON.parse(value)) as T;
  }

  /** The frames in it. */
  async frames(): Promise<FirefoxTab[]> {
    const { contexts } = await this.#bidi.send<{ contexts: { children: { context: string }[] }[] }>(
      'browsingContext.getTree',
      { root: this.#context },
    );
    return (contexts[0]?.children ?? []).map(({ context }) => new FirefoxTab(this.#bidi, context));
  }

  async close(): Promise<void> {
    await this.#bidi.send('browsingContext.close', { context: this.#context });
  }
}
