import { describe, expect, it } from 'vitest';
import { help, parseConfig } from '../../src/relay/config.ts';

describe('the relay’s options', () => {
  it('have defaults, then the environment, then the command line', () => {
    expect(parseConfig([], {})).toEqual({
      port: 8787,
      host: 'localhost',
      origin: null,
      trustedProxies: [],
      proxyHeader: 'x-forwarded-for',
      tls: null,
      metricsPort: null,
      metricsHost: 'localhost',
      logLevel: 'info',
      data: '.data/relay',
      redis: [],
      redisMayLose: false,
      phoneApp: 'dist/phone',
    });
    const env = { TANDEM_RELAY_PORT: '1', TANDEM_RELAY_PHONE_APP: 'app', TANDEM_RELAY_ORIGIN: 'https://relay.example' };
    expect(parseConfig(['--port', '2', '--host=0.0.0.0'], env)).toMatchObject({
      port: 2,
      host: '0.0.0.0',
      phoneApp: 'app',
      origin: 'https://relay.example',
    });
    const cluster = { TANDEM_RELAY_REDIS: 'redis://one,rediss://two:7000', TANDEM_RELAY_REDIS_MAY_LOSE: 'yes' };
    expect(parseConfig([], cluster)).toMatchObject({ redis: ['redis://one', 'rediss://two:7000'], redisMayLose: true });
    expect(parseConfig(['--help'], {})).toBe('help');
  });

  it('are refused together, each by name', () => {
    const wrong = () => parseConfig(['--port', '70000', '--origin', 'http://relay.example/x', '--data', ''], {});
    expect(wrong).toThrow(/--port must be .*"70000"/);
    expect(wrong).toThrow(/--origin must be .*"http:\/\/relay.example\/x"/);
    expect(wrong).toThrow(/--data must not be empty/);
    expect(() => parseConfig(['--trusted-proxies', '10.0.0.0/8,proxy'], {})).toThrow(
      /--trusted-proxies must be .*"10.0.0.0\/8,proxy"/,
    );
    const redis = () => parseConfig(['--redis', 'redis://one,http://u:secret@two', '--redis-may-lose', 'perhaps'], {});
    expect(redis).toThrow(/--redis must be .*"redis:\/\/one,http:\/\/…@two"/);
    expect(redis).toThrow(/--redis-may-lose must be yes or no/);
    const unknown = () =>
      parseConfig(['--prot', '1', 'stray', '--log-level=loud', '--host', '--port=x'], {
        TANDEM_RELAY_PROT: '1',
        TANDEM_RELAY_HOST: '',
      });
    expect(unknown).toThrow(/--prot is not known/);
    expect(unknown).toThrow(/--host needs a value/);
    expect(unknown).toThrow(/"stray" is no option/);
    expect(unknown).toThrow(/--log-level must be one of info, warn, silent, not "loud"/);
    expect(unknown).toThrow(/TANDEM_RELAY_PROT is not known/);
    const half = () => parseConfig(['--tls-key', '/nowhere'], {});
    expect(half).toThrow(/--tls-key must be a file that can be read/);
    expect(half).toThrow(/--tls-certificate and --tls-key go together/);
  });

  it('are all in the help', () => {
    for (const option of ['port', 'host', 'origin', 'tls-certificate', 'metrics-port', 'data', 'redis', 'log-level']) {
      expect(help).toContain(`  --${option} `);
    }
  });
});
