import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  array,
  as,
  boolean,
  encodedBytes,
  encodedUpTo,
  integer,
  json,
  nothing,
  object,
  oneOf,
  optional,
  origin,
  type Parser,
  string,
  tagged,
} from '../../src/core/parse.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { refusal } from '../support/refusal.ts';

const accepts = <T>(parser: Parser<T>, ...values: unknown[]) => {
  for (const value of values) expect(parser(value, 'x')).toEqual(value);
};
const refuses = <T>(parser: Parser<T>, ...values: unknown[]) => {
  for (const value of values) {
    const { code, message } = refusal(() => parser(value, 'x.y'));
    expect(code).toBe('malformed-message');
    expect(message).toContain('x.y');
  }
};

describe('a text', () => {
  it('is a text of limited length and a form', () => {
    accepts(string(3), '', 'abc', 'äöü');
    refuses(string(3), 'abcd', 7, null, undefined, {}, ['a'], new String('a'));
    accepts(string(3, /^a/), 'a', 'ab');
    refuses(string(3, /^a/), '', 'b');
  });

  it('hides nothing and turns nothing around', () => {
    const unseen = [
      ...['\u0000', '\n', '\u007f', '\u0085', '\u2028', '\u2029'],
      ...['\u061c', '\u200e', '\u200f', '\u202a', '\u202e', '\u2066', '\u2069'],
      ...['\u00ad', '\u034f', '\u115f', '\u180e', '\u200b', '\u2060', '\u2064', '\u3164', '\ufeff', '\uffa0'],
      ...['\ud800', '\udfff', '\u{e0041}'],
    ];
    for (const one of unseen) refuses(string(20), one, `a${one}b`, `م${one}م`, `😀${one}`);
  });

  it('has joiners and variation selectors where they are spelling, and not where they only hide', () => {
    accepts(string(40), 'نمی‌خواهم', 'क्‍ष', '👩‍💻', '❤️', '葛󠄀城', 'ශ්‍රී');
    for (const joiner of ['\u200c', '\u200d', '\ufe0f']) {
      refuses(string(40), joiner, `ada${joiner}@example.com`, `é${joiner}`, `а${joiner}б`, `α${joiner}`, ` ${joiner}`);
    }
  });

  it('may be any text of letters, digits and signs that people see', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\p{Lu}\p{Ll}\p{N}\p{P}\p{Sm}\p{Sc} ]{1,30}$/u), (given) => {
        expect(string(60)(given)).toBe(given);
      }),
      propertyRuns(300),
    );
  });
});

describe('a number', () => {
  it('is whole and between its bounds', () => {
    accepts(integer(-1, 3), -1, 0, 3);
    refuses(integer(-1, 3), -2, 4, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '1', 1n, null, [1], true);
  });
});

describe('yes, no, nothing and names', () => {
  it('are what they are and nothing like it', () => {
    accepts(boolean, true, false);
    refuses(boolean, 0, 'true', null, undefined);
    expect([nothing(null), nothing(undefined)]).toEqual([null, null]);
    refuses(nothing, 0, '', false, {});
    accepts(oneOf('a', 'b'), 'a', 'b');
    refuses(oneOf('a', 'b'), 'c', 'toString', '__proto__', 0, ['a'], null);
  });
});

describe('encoded bytes', () => {
  it('are canonical base64url of that many bytes', () => {
    accepts(encodedBytes(2), 'AAA', '__8');
    refuses(encodedBytes(2), '', 'AA', 'AAAA', 'AAB', 'A+A', 'AAA=', 7, null, ['AAA'], 'A'.repeat(1e6));
    accepts(encodedUpTo(2), '', 'AA', 'AAA');
    refuses(encodedUpTo(2), 'AAAA', 'A', 'AB', 'A=', 'é', null, 3);
  });
});

describe('an origin', () => {
  it('is one that a browser says of a secure page', () => {
    accepts(
      origin,
      ...['https://example.com', 'https://a-b.example_c.com:8443', 'https://192.0.2.1', 'https://[2001:db8::1]:444'],
      ...[
        'https://xn--bcher-kva.example',
        'http://localhost',
        'http://localhost:8788',
        'http://127.0.0.1:1',
        'http://[::1]:8',
      ],
    );
  });

  it('is no address of something else, nor the same place in other words', () => {
    refuses(
      origin,
      ...['http://example.com', 'http://localhost.example.com', 'http://localhost@example.com', 'ftp://localhost'],
      ...[
        'https://',
        'https://:1',
        'https://.',
        'https://a..b',
        'https://.a',
        'https://a.',
        'https://-/',
        'https://a/',
      ],
      ...['https://a/b', 'https://a?b', 'https://a#b', 'https://user@a', 'https://user:pw@a', 'HTTPS://a', 'https://A'],
      ...['https://a:443', 'http://localhost:80', 'https://a:', 'https://a:0', 'https://a:01', 'https://a:123456'],
      ...['https://bücher.example', 'https://a b', ' https://a', 'https://a\n', 'null', '', null, 7],
      ...['https://[', 'https://[]', 'https://[::1', 'https://a[::1]', 'javascript://https://a', 'https:a'],
    );
  });

  it('is whatever URL says of a page over https', () => {
    fc.assert(
      fc.property(fc.webUrl({ validSchemes: ['https'] }), (url) => {
        const given = new URL(url).origin;
        expect(origin(given)).toBe(given);
      }),
      propertyRuns(300),
    );
  });
});

describe('a list', () => {
  it('names the entry that is wrong', () => {
    accepts(array(integer(0, 9), 1, 2), [1], [1, 2]);
    refuses(array(integer(0, 9), 1, 2), [], [1, 2, 3], { length: 1, 0: 1 }, 'a', null);
    expect(refusal(() => array(integer(0, 9), 1, 2)([1, 'b'], 'list')).message).toContain('list[1]');
  });
});

describe('an object', () => {
  const point = object({ x: integer(0, 9), name: optional(string(3)) });

  it('has its own fields, drops others, and leaves out what is missing', () => {
    expect(point({ x: 1, extra: true })).toEqual({ x: 1 });
    expect(Object.keys(point({ x: 1 }))).toEqual(['x']);
    expect(point({ x: 1, name: 'a' })).toEqual({ x: 1, name: 'a' });
    refuses(point, null, undefined, 7, 'x', [], [1]);
  });

  it('names the field that is wrong, however deep', () => {
    const nested = object({ points: array(point, 0, 9) });
    const { message } = refusal(() => nested({ points: [{ x: 1 }, { x: 'a' }] }, 'drawing'));
    expect(message).toContain('drawing.points[1].x');
    expect(refusal(() => point({ x: 1, name: 7 }, 'p')).message).toContain('p.name');
  });

  it('takes no field from a prototype, and gives none', () => {
    refuses(point, Object.create({ x: 1 }), JSON.parse('{"__proto__":{"x":1}}'));
    const parsed = point(JSON.parse('{"x":1,"__proto__":{"polluted":true},"constructor":{"prototype":{}}}'));
    expect(Object.keys(parsed)).toEqual(['x']);
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
    expect('polluted' in {}).toBe(false);
    const named = object({ toString: optional(string(3)), hasOwnProperty: optional(string(3)) });
    expect(Object.keys(named({}))).toEqual([]);
  });
});

describe('one of several objects', () => {
  const shape = tagged('kind', { circle: { r: integer(0, 9) }, dot: {} });

  it('is told by its tag', () => {
    accepts(shape, { kind: 'circle', r: 1 }, { kind: 'dot' });
    expect(refusal(() => shape({ kind: 'circle' }, 'shape')).message).toContain('shape.r');
    for (const kind of ['toString', '__proto__', 'constructor', 'hasOwnProperty', '', null, undefined, {}, ['dot']]) {
      expect(refusal(() => shape({ kind }, 'shape')).message).toContain('shape.kind');
    }
  });
});

it('the same input has another code where people know it under another name', () => {
  const parser = as('malformed-challenge', object({ x: string(1) }));
  const { code, message } = refusal(() => parser({ x: 1 }, 'challenge'));
  expect(code).toBe('malformed-challenge');
  expect(message).toContain('challenge.x');
  const broken = () => {
    throw new RangeError('not about the input');
  };
  expect(() => as('malformed-challenge', broken)(1)).toThrow(RangeError);
});

it('text that is not JSON is refused', () => {
  expect(json('{"a":1}')).toEqual({ a: 1 });
  for (const wrong of ['', '{', 'undefined', "{'a':1}", '1 2']) {
    expect(refusal(() => json(wrong)).code).toBe('malformed-message');
  }
});
