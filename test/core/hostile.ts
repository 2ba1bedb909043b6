import fc from 'fast-check';

/** Texts that could hide, turn around or overflow something, and names that every object has. */
export const hostileTexts = [
  'a\u202eb',
  'a\u2066b',
  'a\u0000b',
  'a\nb',
  'a\u200bb',
  '\ufeff',
  '\ud800',
  'a\u200db',
  'x'.repeat(100_000),
] as const;

/** What a field must never be taken for. */
export const hostileValues: readonly unknown[] = [
  ...hostileTexts,
  null,
  true,
  -1,
  0.5,
  2 ** 60,
  [],
  {},
  ['a'],
  '__proto__',
  'toString',
  'constructor',
];

/** Any JSON, and JSON that looks like ours in places. */
export function hostileJson(tag: string, tags: readonly string[]): fc.Arbitrary<unknown> {
  const key = fc.constantFrom(tag, 'id', 'nonce', 'request', 'answer', '__proto__', 'constructor', 'toString');
  const value = fc.oneof(fc.constantFrom(...tags), fc.constantFrom(...hostileValues), fc.jsonValue());
  const likely = fc
    .array(fc.tuple(key, value), { maxLength: 6 })
    .map(
      (entries) => JSON.parse(`{${entries.map(([name, of]) => `"${name}":${JSON.stringify(of)}`).join()}}`) as unknown,
    );
  return fc.oneof(fc.jsonValue(), likely);
}

/** Every path to a field of a JSON value, with the value that has something else there. */
export function* withField(value: unknown, hostile: unknown, path = ''): Generator<{ path: string; value: unknown }> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    const here = Array.isArray(value) ? `${path}[${name}]` : `${path}.${name}`;
    const put = (changed: unknown) =>
      Array.isArray(value)
        ? value.map((entry, at) => (String(at) === name ? changed : entry))
        : { ...value, [name]: changed };
    yield { path: here, value: put(hostile) };
    for (const deeper of withField(inner, hostile, here)) yield { path: deeper.path, value: put(deeper.value) };
  }
}
