import { parseArgs } from 'node:util';
import { origin as parseOrigin } from '../core/parse.ts';

export const help = `npm start -- [options]

  --tour               play a whole sign-in by itself in headless Chromium, save a
                       screenshot of each screen under tour/, and end
  --public-url URL     the https origin under which a phone on another device finds
                       the relay (your own proxy or tunnel to the relay's port)
  --port-relay PORT    relay and phone app, 8787 unless given
  --port-provider PORT identity provider, 8788 unless given
  --help               this text
`;

export interface DemoOptions {
  tour: boolean;
  publicUrl: string | null;
  relayPort: number;
  providerPort: number;
}

/** Reads the arguments; what is wrong with them is a sentence for who typed them. */
export function readCommandLine(args: readonly string[]): { run: DemoOptions } | { help: true } | { mistake: string } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        tour: { type: 'boolean', default: false },
        'public-url': { type: 'string' },
        'port-relay': { type: 'string', default: '8787' },
        'port-provider': { type: 'string', default: '8788' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { help: true };
    return {
      run: {
        tour: values.tour,
        publicUrl: values['public-url'] === undefined ? null : parsePublicUrl(values['public-url']),
        relayPort: parsePort(values['port-relay'], '--port-relay'),
        providerPort: parsePort(values['port-provider'], '--port-provider'),
      },
    };
  } catch (cause) {
    return { mistake: (cause as Error).message.replace(/^malformed-message: /, '') };
  }
}

function parsePort(value: string, option: string): number {
  // Not 0, a port of the system's choice: the extension is built for the relay before that is chosen.
  if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535 || Number(value) === 0) {
    throw new Error(`${option} must be a number from 1 to 65535, not "${value}"`);
  }
  return Number(value);
}

function parsePublicUrl(value: string): string {
  const url = value.replace(/\/$/, '');
  if (!url.startsWith('https://')) {
    throw new Error(
      `--public-url must begin with https://, not "${value}": phones offer their screen lock to secure pages only`,
    );
  }
  return parseOrigin(url, '--public-url');
}
