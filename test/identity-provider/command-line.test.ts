import { describe, expect, it } from 'vitest';
import { help, readCommandLine } from '../../src/identity-provider/command-line.ts';

describe('the command line', () => {
  it('needs nothing', () => {
    expect(readCommandLine([])).toEqual({
      run: {
        port: 8788,
        phoneOrigins: ['http://localhost:8787'],
        typedNumbers: false,
        data: '.data/identity-provider',
        pages: 'dist/identity-provider',
      },
    });
  });

  it('takes everything', () => {
    const args = '--port 0 --host ::1 --origin https://id.example --typed-numbers --data d --pages p'.split(' ');
    const phones = ['--phone-origin', 'https://a.example', '--phone-origin=https://b.example'];
    expect(readCommandLine([...args, ...phones])).toEqual({
      run: {
        port: 0,
        host: '::1',
        origin: 'https://id.example',
        phoneOrigins: ['https://a.example', 'https://b.example'],
        typedNumbers: true,
        data: 'd',
        pages: 'p',
      },
    });
    expect(readCommandLine(['--help', '--port', 'x'])).toEqual({ help: true });
    for (const option of ['port', 'host', 'origin', 'phone-origin', 'typed-numbers', 'data', 'pages', 'help']) {
      expect(help).toContain(`--${option} `);
    }
  });

  it.each([
    [['--port', 'x'], '--port must be a number from 0 to 65535, not "x"'],
    [['--port', '70000'], '--port must be a number from 0 to 65535'],
    [['--origin', 'http://id.example'], '--origin must be a secure origin'],
    [['--phone-origin', 'https://a.example/'], '--phone-origin must be a secure origin'],
    [['--colour', 'red'], '--colour'],
    [['--port'], '--port'],
    [['extra'], 'extra'],
  ])('names the mistake in %j', (args, mistake) => {
    expect(readCommandLine(args)).toEqual({ mistake: expect.stringContaining(mistake) });
  });
});
