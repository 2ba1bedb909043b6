import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/relay/config.ts';

describe('the relay’s options', () => {
  it('have defaults, then the environment, then the command line', () => {
    expect(parseConfig([], {})).toEqual({
      port: 8787,
      host: 'localhost',
      origin: null,
      data: '.data/relay',
      phoneApp: 'dist/phone',
    });
    const env = { TANDEM_RELAY_PORT: '1', TANDEM_RELAY_PHONE_APP: 'app', TANDEM_RELAY_ORIGIN: 'https://relay.example' };
    expect(parseConfig(['--port', '2', '--host=0.0.0.0'], env)).toMatchObject({
      port: 2,
      host: '0.0.0.0',
      phoneApp: 'app',
      origin: 'https://relay.example',
    });
    expect(parseConfig(['--help'], {})).toBe('help');
  });

  it('are refused together, each by name', () => {
    const wrong = () => parseConfig(['--port', '70000', '--origin', 'http://relay.example/x', '--data', ''], {});
    expect(wrong).toThrow(/--port must be .*"70000"/);
    expect(wrong).toThrow(/--origin must be .*"http:\/\/relay.example\/x"/);
    expect(wrong).toThrow(/--data must not be empty/);
    expect(() => parseConfig(['--prot', '1'], {})).toThrow(/--prot/);
    expect(() => parseConfig(['stray'], {})).toThrow(/stray/);
  });
});
