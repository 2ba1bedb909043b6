import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/relay/config.ts';
import { filesBelow, read } from '../house/source.ts';
import { freePort, hasNginx, startNginx } from './nginx.ts';
import { end, finished, type RelayProcess, relayProcess, spawnRelay } from './relay-process.ts';
import { testCertificate } from './test-certificate.ts';

const hasSystemd = spawnSync('systemd-analyze', ['--version'], { stdio: 'ignore' }).status === 0;
if (!hasSystemd) process.stderr.write('The systemd unit is not verified: systemd-analyze is missing.\n');

let folder: string;
let relay: RelayProcess | null = null;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tandem-deploy-'));
});
afterEach(async () => {
  if (relay) await end(relay, 'SIGTERM');
  relay = null;
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The doctor in a process of its own, which trusts this certificate. */
function doctor(origin: string, certificate?: string) {
  return finished(spawnRelay(['doctor', origin], certificate ? { NODE_EXTRA_CA_CERTS: certificate } : {}));
}

/** The name in the certificate that a port shows. */
function shownName(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = get(
      { host: '127.0.0.1', port, path: '/healthz', rejectUnauthorized: false, agent: false },
      (answer) => {
        resolve(String((answer.socket as TLSSocket).getPeerCertificate().subject.CN));
        answer.resume();
      },
    );
    asked.on('error', reject);
  });
}

describe('a relay of one’s own', () => {
  it('ends TLS with certificate files, takes new ones at SIGHUP, and the doctor finds it well', async () => {
    const { certificate, key } = testCertificate(folder);
    const tls = ['--tls-certificate', certificate, '--tls-key', key];
    relay = await relayProcess(['--port', '0', '--data', join(folder, 'tls'), '--metrics-port', '0', ...tls]);
    expect(relay.origin).toMatch(/^https:\/\/localhost:\d+$/);
    const { out } = await doctor(relay.origin.replace('https', 'wss'), certificate);
    expect(out).toMatch(/well {3}TLS: TLSv1\.3, certificate good for (29|30) days/);
    for (const check of ['HTTP', 'store', 'WebSocket', 'clock', 'messages']) expect(out).toContain(`well   ${check}: `);
    // Push services may be out of reach where tests run, and the doctor says so.
    expect(out).toMatch(/WRONG {2}push: the relay does not reach Mozilla|well {3}push: the relay reaches Mozilla/);

    expect(await shownName(relay.port)).toBe('localhost');
    const other = testCertificate(folder, 'renewed');
    copyFileSync(other.certificate, certificate);
    copyFileSync(other.key, key);
    relay.child.kill('SIGHUP');
    await expect.poll(() => shownName((relay as RelayProcess).port)).toBe('renewed');
    // OpenSSL itself takes a key of another kind, and then no handshake succeeds.
    for (const [wrong, why] of [
      ['no key', 'cannot be used'],
      [generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }), 'is not that of the first'],
    ] as const) {
      writeFileSync(key, wrong);
      relay.child.kill('SIGHUP');
      await expect.poll(() => relay?.log()).toMatch(new RegExp(`${why}.*certificate-refused`));
    }
    expect(await shownName(relay.port)).toBe('renewed');
  });

  it('is found ill by the doctor, who says what to mend', async () => {
    relay = await relayProcess(['--port', '0', '--data', join(folder, 'ill'), '--origin', 'https://relay.example']);
    const wrong = await doctor(relay.at);
    expect(wrong.code).toBe(1);
    expect(wrong.out).toContain('SOON   TLS: none');
    expect(wrong.out).toContain('WRONG  messages: a channel could not be created: 403');
    expect(wrong.out).toContain(`start it with --origin ${relay.at}`);
    const nobody = await doctor(`http://localhost:${await freePort()}`);
    expect(nobody.code).toBe(1);
    expect(nobody.out).toContain('Nothing answers: see that the relay runs');
    expect(nobody.out).toContain('Not asked, as that comes first: store, WebSocket');
    expect((await doctor('relay')).code).toBe(2);
  });

  it.runIf(hasNginx)('is well behind nginx, with the file that docs/deploy has', async () => {
    const { certificate, key } = testCertificate(folder);
    const port = await freePort();
    const origin = `https://localhost:${port}`;
    relay = await relayProcess([
      '--port',
      '0',
      '--host',
      '127.0.0.1',
      '--data',
      join(folder, 'nginx'),
      '--origin',
      origin,
      '--trusted-proxies',
      '127.0.0.1',
    ]);
    const proxy = await startNginx({ folder, port, relays: [relay.port], tls: { certificate, key } });
    try {
      const { out } = await doctor(origin, certificate);
      for (const check of ['TLS', 'HTTP', 'store', 'WebSocket', 'clock', 'messages']) {
        expect(out).toContain(`well   ${check}: `);
      }
      for (const worker of readFileSync(`/proc/${proxy.pid}/task/${proxy.pid}/children`, 'utf8').trim().split(' ')) {
        expect(readFileSync(`/proc/${worker}/limits`, 'utf8')).toMatch(/^Max open files +600 /m);
      }
      await end(relay, 'SIGTERM');
      expect((await doctor(origin, certificate)).out).toContain('/healthz answers 502');
      expect(proxy.errors()).not.toContain('client:');
    } finally {
      await proxy.end();
    }
  });

  it.runIf(hasSystemd)('has a systemd unit that systemd understands', () => {
    const unit = join(folder, 'tandem-relay.service');
    // The paths of the machine that it is for are not here.
    writeFileSync(unit, read('docs/deploy/tandem-relay.service').replace('/usr/bin/node', process.execPath));
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
    expect(stderr.split('\n').filter((line) => line.includes('tandem-relay'))).toEqual([]);
    expect(status).toBe(0);
  });

  it('has an environment for its unit that makes a relay behind a proxy, known by its name', () => {
    const unit = read('docs/deploy/tandem-relay.service');
    expect(unit).toMatch(/^EnvironmentFile=\/etc\/tandem-relay\.env$/m);
    expect(unit).toMatch(/^StartLimitIntervalSec=0$/m);
    const set = `${unit.replaceAll(/^Environment=/gm, '')}\n${read('docs/deploy/tandem-relay.env')}`;
    const env = Object.fromEntries([...set.matchAll(/^(TANDEM_\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]));
    expect(parseConfig([], env)).toMatchObject({ origin: 'https://relay.example', trustedProxies: ['127.0.0.1'] });
  });

  it('has options and files in all that is deployed that exist', () => {
    const named = ['containerfile', 'service', 'env']
      .map((kind) => read(`docs/deploy/tandem-relay.${kind}`))
      .join('\n');
    const variables = [...named.matchAll(/TANDEM_RELAY_[A-Z_]+/g)].map(([variable]) => variable);
    const help = finished(spawnRelay(['--help']));
    return help.then(({ out }) => {
      for (const variable of variables) {
        expect(out).toContain(`--${variable.slice('TANDEM_RELAY_'.length).toLowerCase().replaceAll('_', '-')} `);
      }
      const deployed = filesBelow('docs/deploy').map((path) => path.slice('docs/deploy/'.length));
      const guide = read('docs/operate.md');
      for (const file of deployed) expect(guide).toContain(`deploy/${file}`);
    });
  });

  it('has an image with all that the relay needs, and nothing of the machine that builds it', () => {
    const steps = read('docs/deploy/tandem-relay.containerfile');
    const copied = [...steps.matchAll(/--from=build \/opt\/tandem\/(\S+)/g)].map(([, path]) => path as string);
    expect(copied).toEqual(['package.json', 'node_modules', 'src/core', 'src/relay', 'dist/phone']);
    const ignored = read('.dockerignore').split('\n');
    expect(ignored).toEqual(expect.arrayContaining(['.git', '.data', 'node_modules', 'dist']));
    // The rooms are in the import table; the packages have to outlive `npm prune --omit=dev`.
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    const packages = ['src/core', 'src/relay']
      .flatMap(filesBelow)
      .flatMap((path) => [...read(path).matchAll(/(?:from|import\() ?'((?:@[\w-]+\/)?[\w-]+)/g)])
      .map(([, name]) => name as string);
    for (const name of new Set([...packages, 'tsx'])) {
      if (name !== 'node') expect(dependencies).toHaveProperty([name]);
    }
  });
});
