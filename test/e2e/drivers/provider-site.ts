import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { readFixtureScript } from '../../fixtures/page.ts';

type Step = 'appear' | 'resend' | 'deny' | 'timeout' | 'approve' | 'gone';

/** The whole web over TLS: pages under their real host names, and something else everywhere else. */
export class ProviderSite {
  /** HTML by URL without its query. */
  readonly pages: Map<string, string>;
  /** What Chromium must be started with to find it. */
  readonly args: readonly string[];
  readonly #server: ReturnType<typeof createServer>;

  private constructor(server: ReturnType<typeof createServer>, pages: Map<string, string>) {
    this.#server = server;
    this.pages = pages;
    const { port } = server.address() as AddressInfo;
    this.args = [
      `--host-resolver-rules=MAP * 127.0.0.1:${port}, EXCLUDE localhost, EXCLUDE 127.0.0.1`,
      '--ignore-certificate-errors',
    ];
  }

  static async start(): Promise<ProviderSite> {
    const pages = new Map<string, string>();
    const script = readFixtureScript();
    const server = createServer(newCertificate(), ({ headers, url = '/' }, response) => {
      const { host, pathname } = new URL(url, `https://${headers.host}`);
      const isScript = pathname === '/fixture.js';
      response.setHeader('content-type', `${isScript ? 'text/javascript' : 'text/html'}; charset=utf-8`);
      const html = pages.get(`https://${host}${pathname}`) ?? '<!doctype html><title>Elsewhere</title>';
      response.end(isScript ? script : html);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ProviderSite(server, pages);
  }

  /** Serves a page and gives the URL to open. */
  serve(url: string, html: string): string {
    const { origin, pathname } = new URL(url);
    this.pages.set(origin + pathname, html);
    return url;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Takes a fixture's page to its next step. */
export async function drive(page: Pick<Page, 'evaluate'>, step: Step, number = ''): Promise<void> {
  await page.evaluate(
    ([name, shown]) => (window as unknown as { fixture: Record<string, (n: string) => void> }).fixture[name]?.(shown),
    [step, number] as const,
  );
}

/** A key and a certificate for nobody, which only a browser that ignores certificates takes. */
function newCertificate(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  try {
    const of = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=tandem.example'];
    execFileSync('openssl', ['req', '-x509', '-days', '2', ...of, '-keyout', key, '-out', cert], { stdio: 'pipe' });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
