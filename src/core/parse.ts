import { fromBase64url } from './bytes.ts';
import { AppError, type ErrorCode } from './errors.ts';

/** Takes a value from outside and gives it back typed, or throws an `AppError` that names the field which is wrong. */
export type Parser<T> = (value: unknown, field?: string) => T;
export type Parsed<P> = P extends Parser<infer T> ? T : never;

function refuse(field: string, wanted: string): never {
  throw new AppError('malformed-message', `${field} must be ${wanted}`);
}

/**
 * What could make two names look alike that are not: control characters, half surrogates, line separators, and
 * whatever shows nothing (Unicode's Default_Ignorable_Code_Point, with bidirectional controls and zero-width spaces).
 * Joiners and variation selectors are spelling in Arabic, Indic and Han scripts and in emoji, so they are refused only
 * where they cannot mean anything: at the start, and after ASCII, Latin, Greek and Cyrillic.
 */
const deceptive =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|(?![\p{Join_Control}\p{VS}])\p{DI}|(?<![^\p{ASCII}\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])[\p{Join_Control}\p{VS}]/u;

/** A text of at most `most` UTF-16 units that matches `pattern`, with no control or unseen characters in it. */
export function string(most: number, pattern?: RegExp): Parser<string> {
  return (value, field = 'value') => {
    if (typeof value !== 'string') return refuse(field, 'a text');
    if (value.length > most) return refuse(field, `at most ${most} characters`);
    if (deceptive.test(value)) return refuse(field, 'free of control and unseen characters');
    if (pattern && !pattern.test(value)) return refuse(field, `of the form ${pattern.source}`);
    return value;
  };
}

/** A whole number from `least` to `most`. */
export function integer(least: number, most: number): Parser<number> {
  return (value, field = 'value') => {
    if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most) {
      return refuse(field, `a whole number from ${least} to ${most}`);
    }
    return value as number;
  };
}

export const boolean: Parser<boolean> = (value, field = 'value') =>
  typeof value === 'boolean' ? value : refuse(field, 'true or false');

/** Nothing: `null` or missing. */
export const nothing: Parser<null> = (value, field = 'value') =>
  value === null || value === undefined ? null : refuse(field, 'empty');

/** One of a few texts. */
export function oneOf<const Names extends readonly string[]>(...names: Names): Parser<Names[number]> {
  return (value, field = 'value') =>
    names.includes(value as string) ? (value as Names[number]) : refuse(field, `one of ${names.join(', ')}`);
}

/** base64url of exactly `length` bytes; stays text. */
export function encodedBytes(length: number): Parser<string> {
  return (value, field = 'value') => {
    if (typeof value !== 'string' || value.length > Math.ceil((length * 4) / 3)) {
      return refuse(field, `base64url of ${length} bytes`);
    }
    try {
      fromBase64url(value, length);
    } catch {
      return refuse(field, `base64url of ${length} bytes`);
    }
    return value;
  };
}

/** base64url of at most `most` bytes; stays text. */
export function encodedUpTo(most: number): Parser<string> {
  return (value, field = 'value') => {
    if (typeof value !== 'string' || value.length > Math.ceil((most * 4) / 3)) {
      return refuse(field, `base64url of at most ${most} bytes`);
    }
    try {
      fromBase64url(value);
    } catch {
      return refuse(field, `base64url of at most ${most} bytes`);
    }
    return value;
  };
}

/** A host name as `URL` spells it, without a port. */
export const host = string(253, /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/);

// A scheme's own port is left out, or another spelling of the same place would be another origin.
const originForm =
  /^(?:https:\/\/(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:]+\])(?!:443$)|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?!:80$))(?::[1-9]\d{0,4})?$/;

/** An origin as the browser serialises it: scheme, host and port, nothing else; `http` only for this computer itself. */
export const origin: Parser<string> = (value, field = 'value') => {
  const text = string(2048)(value, field);
  return originForm.test(text) ? text : refuse(field, 'a secure origin');
};

export function array<T>(item: Parser<T>, least: number, most: number): Parser<T[]> {
  return (value, field = 'value') => {
    if (!Array.isArray(value) || value.length < least || value.length > most) {
      return refuse(field, `a list of ${least} to ${most}`);
    }
    return value.map((entry, at) => item(entry, `${field}[${at}]`));
  };
}

type Shape = Record<string, Parser<unknown>>;
type Optional<S extends Shape> = {
  [Name in keyof S as undefined extends Parsed<S[Name]> ? Name : never]?: Parsed<S[Name]>;
};
type Required<S extends Shape> = {
  [Name in keyof S as undefined extends Parsed<S[Name]> ? never : Name]: Parsed<S[Name]>;
};
export type ObjectOf<S extends Shape> = Required<S> & Optional<S>;

/** A field that may be missing. */
export function optional<T>(parser: Parser<T>): Parser<T | undefined> {
  return (value, field) => (value === undefined ? undefined : parser(value, field));
}

/** An object with these own fields; fields that are not named here are dropped, so that a newer peer can add some. */
export function object<S extends Shape>(shape: S): Parser<ObjectOf<S>> {
  const entries = Object.entries(shape);
  return (value, field = 'value') => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(field, 'an object');
    const out: Record<string, unknown> = {};
    for (const [name, parser] of entries) {
      const given = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
      const parsed = parser(given, `${field}.${name}`);
      if (parsed !== undefined) out[name] = parsed;
    }
    return out as ObjectOf<S>;
  };
}

type Variants = Record<string, Shape>;
export type Tagged<Tag extends string, V extends Variants> = {
  [Name in keyof V]: { [T in Tag]: Name } & ObjectOf<V[Name]>;
}[keyof V];

/** One of several objects, told apart by the text in their field `tag`. */
export function tagged<const Tag extends string, V extends Variants>(tag: Tag, variants: V): Parser<Tagged<Tag, V>> {
  const parsers = new Map(Object.entries(variants).map(([name, shape]) => [name, object(shape)]));
  return (value, field = 'value') => {
    const name = object({ [tag]: string(64) })(value, field)[tag] as string;
    const parser = parsers.get(name);
    if (!parser) return refuse(`${field}.${tag}`, `one of ${[...parsers.keys()].join(', ')}`);
    return { [tag]: name, ...parser(value, field) } as Tagged<Tag, V>;
  };
}

/** The same parser with another code on its refusals, for input that people know under another name. */
export function as<T>(code: ErrorCode, parser: Parser<T>): Parser<T> {
  return (value, field) => {
    try {
      return parser(value, field);
    } catch (cause) {
      throw cause instanceof AppError ? new AppError(code, cause.message, { cause }) : cause;
    }
  };
}

/** JSON text to a value of unknown shape. Throws `malformed-message`. */
export function json(encoded: string): unknown {
  try {
    return JSON.parse(encoded) as unknown;
  } catch (cause) {
    throw new AppError('malformed-message', 'not JSON', { cause });
  }
}
