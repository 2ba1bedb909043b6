import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createPlainServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { readFixtureScript } from '../../fixtures/page.ts';

type Step = 'appear' | 'resend' | 'deny' | 'timeout' | 'approve' | 'gone';

/** First byte of a TLS handshake (RFC 8446 §5.1). */
const handshake = 22;

const elsewhere = { html: '<!doctype html><title>Elsewhere</title>', policy: '' };

/** The whole web on one port, with TLS and without: pages under their real host names, and something else everywhere else. */
export class ProviderSite {
  /** By URL without its query. */
  readonly #pages = new Map<string, { html: string; policy: string }>();
  readonly #front: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    const script = readFixtureScript();
    const answer = (protocol: string): RequestListener => {
      return ({ headers, url = '/' }, response) => {
        // A proxy is asked with the whole address.
        const { host, pathname } = new URL(url, `${protocol}//${headers.host}`);
        const isScript = pathname === '/fixture.js';
        response.setHeader('content-type', `${isScript ? 'text/javascript' : 'text/html'}; charset=utf-8`);
        const { html, policy } = this.#pages.get(`${protocol}//${host}${pathname}`) ?? elsewhere;
        if (policy !== '') response.setHeader('content-security-policy', policy);
        response.end(isScript ? script : html);
      };
    };
    const secure = createSecureServer(newCertificate(), answer('https:'));
    const plain = createPlainServer(answer('http:'));
    plain.on('connect', (_, socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      secure.emit('connection', socket);
    });
    this.#front = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => socket.destroy());
      socket.once('data', (first) => {
        socket.pause();
        socket.unshift(first);
        (first[0] === handshake ? secure : plain).emit('connection', socket);
        process.nextTick(() => socket.resume());
      });
    });
  }

  static async start(): Promise<ProviderSite> {
    const site = new ProviderSite();
    await new Promise<void>((resolve) => site.#front.listen(0, '127.0.0.1', resolve));
    return site;
  }

  /** Where it listens; for a browser that asks a proxy for everything. */
  get port(): number {
    return (this.#front.address() as AddressInfo).port;
  }

  /** What Chromium must be started with to find it. */
  get args(): string[] {
    return [
      `--host-resolver-rules=MAP * 127.0.0.1:${this.port}, EXCLUDE localhost, EXCLUDE 127.0.0.1`,
      '--ignore-certificate-errors',
    ];
  }

  /** Serves a page, under a Content-Security-Policy where it has one, and gives the URL to open. */
  serve(url: string, html: string, policy = ''): string {
    const { origin, pathname } = new URL(url);
    this.#pages.set(origin + pathname, { html, policy });
    return url;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#front.close(resolve));
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
