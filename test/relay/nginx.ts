import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { vi } from 'vitest';
import { read } from '../house/source.ts';

const program = process.env.NGINX_PATH ?? '/usr/sbin/nginx';
export const hasNginx = existsSync(program);
if (!hasNginx)
  process.stderr.write('docs/deploy/nginx.conf is not tested: nginx is missing (on Debian: apt-get install nginx).\n');

export interface Nginx {
  pid: number;
  port: number;
  /** What it has logged of errors, before it read its settings too. */
  errors(): string;
  end(): Promise<void>;
}

export interface NginxOptions {
  /** A directory for its own files. */
  folder: string;
  port: number;
  /** Where relays are. */
  relays: readonly number[];
  /** Files of a certificate and its key; null for none, and no TLS. */
  tls: { certificate: string; key: string } | null;
}

/** The real nginx with the file that `docs/deploy` has, once it answers. */
export async function startNginx({ folder, port, relays, tls }: NginxOptions): Promise<Nginx> {
  const settings = read('docs/deploy/nginx.conf')
    .replace('listen 443 ssl', `listen 127.0.0.1:${port}${tls ? ' ssl' : ''}`)
    .replace(/server 127.0.0.1:8787(.*);/, (_, rest) => relays.map((at) => `server 127.0.0.1:${at}${rest};`).join('\n'))
    .replace(/ssl_certificate .*;/, tls ? `ssl_certificate ${tls.certificate};` : '')
    .replace(/ssl_certificate_key .*;/, tls ? `ssl_certificate_key ${tls.key};` : '')
    .replace('worker_connections 20000', 'worker_connections 512')
    .replace('worker_rlimit_nofile 65536', 'worker_rlimit_nofile 600');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (of) => `${of}_temp_path ${folder}/${of};`,
  );
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, `pid ${folder}/nginx.pid;\n${settings.replace('http {', `http {\n${temporary.join('\n')}`)}`);
  const errors = join(folder, 'error.log');
  const command = [program, '-c', file, '-p', folder, '-e', errors, '-g', 'daemon off;'];
  const child = spawn('sh', ['-c', 'ulimit -Sn 300; exec "$@"', 'sh', ...command], { stdio: 'ignore' });
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  };
  try {
    await vi.waitUntil(() => answers(port), { timeout: 5_000 });
  } catch (thrown) {
    await end();
    throw thrown;
  }
  return { pid: child.pid as number, port, errors: () => readFileSync(errors, 'utf8'), end };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await once(server.close(), 'close');
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
