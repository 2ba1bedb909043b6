import { parseArgs } from 'node:util';
import { origin as parseOrigin } from '../core/parse.ts';

export const help = `Tandem's reference identity provider

  --port PORT            where to listen, 8788 unless given
  --host ADDRESS         address to listen on, 127.0.0.1 unless given
  --origin ORIGIN        where browsers find it, http://localhost:PORT unless given
  --phone-origin ORIGIN  a phone app whose approvals count, http://localhost:8787
                         unless given; may be repeated
  --typed-numbers        numbers are typed on the phone, not picked among three
  --data DIRECTORY       where it keeps its accounts, .data/identity-provider unless given
  --pages DIRECTORY      its built pages, dist/identity-provider unless given
  --help                 this text
`;

export interface CommandLine {
  port: number;
  host?: string;
  origin?: string;
  phoneOrigins: string[];
  typedNumbers: boolean;
  data: string;
  pages: string;
}

/** Reads the arguments; what is wrong with them is a sentence for who typed them. */
export function readCommandLine(args: readonly string[]): { run: CommandLine } | { help: true } | { mistake: string } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string', default: '8788' },
        host: { type: 'string' },
        origin: { type: 'string' },
        'phone-origin': { type: 'string', multiple: true, default: ['http://localhost:8787'] },
        'typed-numbers': { type: 'boolean', default: false },
        data: { type: 'string', default: '.data/identity-provider' },
        pages: { type: 'string', default: 'dist/identity-provider' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { help: true };
    const port = Number(values.port);
    if (!/^\d{1,5}$/.test(values.port) || port > 65_535) {
      return { mistake: `--port must be a number from 0 to 65535, not "${values.port}"` };
    }
    return {
      run: {
        port,
        ...(values.host === undefined ? {} : { host: values.host }),
        ...(values.origin === undefined ? {} : { origin: parseOrigin(values.origin, '--origin') }),
        phoneOrigins: values['phone-origin'].map((value) => parseOrigin(value, '--phone-origin')),
        typedNumbers: values['typed-numbers'],
        data: values.data,
        pages: values.pages,
      },
    };
  } catch (cause) {
    return { mistake: (cause as Error).message.replace(/^malformed-message: /, '') };
  }
}
