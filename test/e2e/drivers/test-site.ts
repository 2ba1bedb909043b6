import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import type { Challenge, SignInChallenge } from '../../../src/core/challenge.ts';
import type { VerifyOutcome } from '../../../src/page/tandem.ts';

/** What the page says of its request. */
export interface SiteRequest {
  statuses: { stage: string; trouble?: string }[];
  answer: unknown;
  result: { end: string; reason?: string; code?: string } | null;
}

/** A site that speaks Tandem's protocol by `src/page/tandem.ts`, with an identity provider that says what it is told to. */
export class TestSite {
  readonly origin: string;
  readonly #server: Server;

  private constructor(server: Server, origin: string) {
    this.#server = server;
    this.origin = origin;
  }

  static async start(): Promise<TestSite> {
    const module = await pageModule();
    const server = createServer((request, response) => {
      const script = request.url === '/tandem.js';
      response.writeHead(200, { 'content-type': script ? 'text/javascript' : 'text/html; charset=utf-8' });
      response.end(script ? module : html);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return new TestSite(server, `http://localhost:${address.port}`);
  }

  /** Begins a request in a page of this site; it goes on there. */
  async ask(page: Page, challenge: Challenge, verdict: VerifyOutcome = { outcome: 'approved' }): Promise<void> {
    await page.evaluate(`ask(${JSON.stringify(challenge)}, ${JSON.stringify(verdict)})`);
  }

  /** Waits until the page's request has come to `stage`. */
  async stage(page: Page, stage: string): Promise<void> {
    await page.waitForFunction(`request.statuses.some(({ stage }) => stage === ${JSON.stringify(stage)})`, undefined, {
      polling: 20,
    });
  }

  /** How the page's request ended. */
  async result(page: Page): Promise<SiteRequest['result']> {
    await page.waitForFunction('request.result !== null', undefined, { polling: 20 });
    return (await this.request(page)).result;
  }

  request(page: Page): Promise<SiteRequest> {
    return page.evaluate('request');
  }

  /** Aborts as the page's own "Use your password instead" does, or leaves the request. */
  async abort(page: Page, reason: 'password' | 'gone'): Promise<void> {
    await page.evaluate(`stop.abort(${JSON.stringify(reason)})`);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

const html = `<!doctype html>
<html lang="en">
  <title>Site</title>
  <h1>Site</h1>
  <script type="module">
    import { requestNumberMatch } from '/tandem.js';
    globalThis.ask = (challenge, verdict) => {
      const request = { statuses: [], answer: null, result: null };
      globalThis.request = request;
      globalThis.stop = new AbortController();
      requestNumberMatch({
        challenge,
        onStatus: (status) => request.statuses.push(status),
        verify: async (answer) => {
          request.answer = answer;
          return verdict;
        },
        signal: globalThis.stop.signal,
      }).then((result) => {
        request.result = result;
      });
    };
  </script>
</html>`;

/** A challenge with fresh ids. */
export function challengeOf(account: string, more: Partial<SignInChallenge> = {}): SignInChallenge {
  const text = (length: number) => Buffer.from(crypto.getRandomValues(new Uint8Array(length))).toString('base64url');
  return {
    type: 'sign-in',
    id: text(16),
    nonce: text(32),
    site: 'Example',
    account,
    lifeMs: 60_000,
    number: '42',
    choices: ['17', '42', '93'],
    ...more,
  };
}

async function pageModule(): Promise<string> {
  const built = await build({
    configFile: false,
    publicDir: false,
    logLevel: 'silent',
    build: {
      write: false,
      target: 'es2022',
      lib: { entry: resolve('src/page/tandem.ts'), formats: ['es'], fileName: 'tandem' },
    },
  });
  const [output] = [built].flat();
  if (!output || !('output' in output)) throw new TypeError('nothing was built');
  return output.output.map((file) => (file.type === 'chunk' ? file.code : '')).join('');
}
