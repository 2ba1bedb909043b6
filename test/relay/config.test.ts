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
    const env = {
      TANDEM_RELAY_PORT: '1',
      TANDEM_RELAY_PHONE_APP: 'src/phone',
      TANDEM_RELAY_ORIGIN: 'https://relay.example',
    };
    expect(parseConfig(['--port', '2', '--host=0.0.0.0'], env)).toMatchObject({
      port: 2,
      host: '0.0.0.0',
      phoneApp: 'src/phone',
      origin: 'https://relay.example',
    });
    const cluster = { TANDEM_RELAY_REDIS: 'redis://one,rediss://two:7000', TANDEM_RELAY_REDIS_MAY_LOSE: 'yes' };
    expect(parseConfig([], cluster)).toMatchObject({ redis: ['redis://one', 'rediss://two:7000'], redisMayLose: true });
    expect(parseConfig(['--help'], {})).toBe('help');
    expect(parseConfig(['--version'], {})).toBe('version');
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

  it.each([
    [['--redis', 'redis://localhost/abc'], {}, '--redis must be like redis://localhost:6379, with the number of'],
    [['--metrics-host', '0.0.0.0'], {}, '--metrics-host is of no use without --metrics-port'],
    [['--phone-app', '/nope'], {}, '--phone-app must be where "npm run build" has put the phone app, not "/nope"'],
    [['--port', '1', '--port', '2'], {}, '--port is there more than once'],
    [[], { TANDEM_ORIGIN: 'https://relay.example' }, 'TANDEM_ORIGIN is not known'],
    [[], { TANDEM_RELAY_PORT: 'x' }, 'TANDEM_RELAY_PORT must be a number from 0 to 65535, not "x"'],
    [['--tls-key', 'package.json'], { TANDEM_RELAY_TLS_CERTIFICATE: '' }, 'TANDEM_RELAY_TLS_CERTIFICATE must not'],
    [[], { TANDEM_RELAY_METRICS_HOST: '::' }, 'TANDEM_RELAY_METRICS_HOST is of no use without --metrics-port'],
  ])('of which one is wrong are refused by whatever said it: %j %j', (args, env, says) => {
    const wrong = () => parseConfig(args, env);
    expect(wrong).toThrow(says);
    expect(wrong).not.toThrow('\n');
  });

  it('of which a number of a database, and variables of others, are right', () => {
    const env = { TANDEM_PROPERTY_RUNS: '1', TANDEM_RELAY_REDIS: 'redis://localhost/3' };
    expect(parseConfig([], env)).toMatchObject({ redis: ['redis://localhost/3'] });
  });

  it('are all in the help', () => {
    for (const option of ['port', 'host', 'origin', 'tls-certificate', 'metrics-port', 'data', 'redis', 'log-level']) {
      expect(help).toContain(`  --${option} `);
    }
  });
});
