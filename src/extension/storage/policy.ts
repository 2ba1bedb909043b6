import { AppError } from '../../core/errors.ts';
import { array, boolean, host, origin, type Parsed, type Parser } from '../../core/parse.ts';

const mostHosts = 1_000;
export const parseHosts = array(host, 0, mostHosts);

/** `public/managed-schema.json`, but for its hosts, which are read one by one. */
const fields = { relay: origin, numberOnPhone: boolean } as const;

/** What an administrator has set, as far as it can be read. */
export interface Policy {
  readonly hosts: readonly string[];
  readonly relay?: Parsed<typeof fields.relay>;
  readonly numberOnPhone?: Parsed<typeof fields.numberOnPhone>;
  /** Fields that cannot be read, such as `relay` or `hosts[2]`: everything else is in force. */
  readonly unread: readonly string[];
}

/** Reads what an administrator has set, each field by itself. */
export function readPolicy(given: Record<string, unknown>): Policy {
  const unread = Object.keys(given).filter((name) => name !== 'hosts' && !Object.hasOwn(fields, name));
  const read = <T>(name: string, parse: Parser<T>, value: unknown): T | undefined => {
    try {
      return parse(value, name);
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown;
      unread.push(name);
      return undefined;
    }
  };
  const hosts =
    'hosts' in given
      ? read(
          'hosts',
          array((one) => one, 0, mostHosts),
          given.hosts,
        )
      : [];
  const known = (hosts ?? []).map((one, at) => read(`hosts[${at}]`, host, one));
  const others = Object.entries(fields)
    .filter(([name]) => name in given)
    .map(([name, parse]) => [name, read(name, parse as Parser<unknown>, given[name])]);
  return { ...Object.fromEntries(others), hosts: known.filter((host) => host !== undefined), unread };
}
