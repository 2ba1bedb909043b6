import { expect, it } from 'vitest';
import { readCommandLine } from '../../src/demo/command-line.ts';

it('starts on the usual ports, and on others', () => {
  const usual = { tour: false, publicUrl: null, relayPort: 8787, providerPort: 8788 };
  expect(readCommandLine([])).toEqual({ run: usual });
  expect(readCommandLine(['--tour', '--port-relay', '9000', '--public-url', 'https://tandem.example/'])).toEqual({
    run: { ...usual, tour: true, relayPort: 9000, publicUrl: 'https://tandem.example' },
  });
  expect(readCommandLine(['--help'])).toEqual({ help: true });
});

it.each([
  [['--port-relay', '0'], '--port-relay must be a number from 1 to 65535, not "0"'],
  [['--port-provider', '8e3'], '--port-provider must be a number from 1 to 65535'],
  [['--public-url', 'http://tandem.example'], '--public-url must begin with https://'],
  [['--public-url', 'https://tandem.example/path'], '--public-url'],
  [['--tuor'], "Unknown option '--tuor'"],
])('says what is wrong with %j', (args, mistake) => {
  expect(readCommandLine(args)).toEqual({ mistake: expect.stringContaining(mistake) });
});
