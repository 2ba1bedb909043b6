import { existsSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Import, importsOf } from './imports.ts';
import { doors, roomOf, rooms, shared, typesOnly } from './rooms.ts';
import { filesBelow, isScript, read, root, type SyntaxNode, syntaxOf } from './source.ts';

const sources = filesBelow('src').filter(isScript);
const imports = sources.flatMap((path) => importsOf(path));
const main = /\/(main|index)\.tsx?$/;

const saying = ({ from, specifier }: Import): string => `${from} imports ${specifier}`;

function mayImportFile({ from, file, typeOnly }: Import & { file: string }): boolean {
  const room = roomOf(from) as string;
  const other = roomOf(file);
  if (shared.test(file)) return true;
  if (other === undefined) return false;
  if (other === room || rooms[room]?.rooms.some((allowed) => other === allowed || allowed === 'src')) return true;
  return (doors[room]?.includes(file) ?? false) || (typeOnly && (typesOnly[room]?.includes(other) ?? false));
}

describe('the import table of docs/architecture.md', () => {
  it('has a room for every source file', () => {
    expect(sources.filter((path) => roomOf(path) === undefined)).toEqual([]);
  });

  it('is kept between rooms', () => {
    const wrong = imports.filter((one) => one.file !== undefined && !mayImportFile({ ...one, file: one.file }));
    expect(wrong.map(saying)).toEqual([]);
  });

  it('is kept for packages: core has noble alone, no browser room has Node', () => {
    const wrong = imports.filter(
      ({ from, specifier, file }) => file === undefined && !rooms[roomOf(from) ?? '']?.packages.test(specifier),
    );
    expect(wrong.map(saying)).toEqual([]);
  });

  it('has doors that lead to no more than core', () => {
    const files = Object.values(doors).flat();
    const wrong = imports.filter(
      ({ from, file }) => files.includes(from) && roomOf(file ?? '') !== 'src/core' && !files.includes(file ?? ''),
    );
    expect(wrong.map(saying)).toEqual([]);
  });

  it('finds what breaks it', () => {
    const one = (from: string, file: string, typeOnly = false) =>
      mayImportFile({ from, specifier: '', file, typeOnly, dynamic: false });
    expect(one('src/core/a.ts', 'src/relay/b.ts')).toBe(false);
    expect(one('src/core/a.ts', 'src/core/noise/b.ts')).toBe(true);
    expect(one('src/page/a.ts', 'src/core/b.ts')).toBe(false);
    expect(one('src/page/a.ts', 'src/core/b.ts', true)).toBe(true);
    expect(one('src/relay/a.ts', 'src/identity-provider/b.ts')).toBe(false);
    expect(one('src/identity-provider/pages/a.tsx', 'src/identity-provider/server.ts')).toBe(false);
    expect(one('src/identity-provider/server.ts', 'src/identity-provider/pages/a.tsx')).toBe(false);
    expect(one('src/extension/content/a.ts', 'src/extension/background/b.ts')).toBe(false);
    expect(one('src/extension/popup/a.tsx', 'src/vault/b.ts')).toBe(false);
    expect(one('src/ui/a.ts', 'test/support/b.ts')).toBe(false);
  });
});

describe('imports', () => {
  it('are read in every form that they have', () => {
    const script = `
      import a, { type B } from '../b/b.ts';
      import type { C } from './c.ts';
      import { type D } from './d.ts';
      import './e.css';
      export { f } from './f.ts';
      export type { G } from './g.ts';
      const h = await import('./h.ts');
      type I = import('./i.ts').I;
      const j = new Worker(new URL('./j.ts', import.meta.url));
      const k = "import l from './l.ts'";
      import m from 'node:m';`;
    const found = importsOf('src/a/a.ts', script);
    const short = found.map(({ file, specifier, typeOnly }) => `${file ?? specifier}${typeOnly ? ' (type)' : ''}`);
    expect(short.sort()).toEqual([
      ...['node:m', 'src/a/c.ts (type)', 'src/a/d.ts (type)', 'src/a/e.css', 'src/a/f.ts', 'src/a/g.ts (type)'],
      ...['src/a/h.ts', 'src/a/i.ts (type)', 'src/a/j.ts', 'src/b/b.ts'],
    ]);
    expect(() => importsOf('src/a/a.ts', 'await import(name)')).toThrow('computed');
  });

  it('are of files that exist, with their extension', () => {
    const wrong = imports.filter(
      ({ file }) => file !== undefined && (posix.extname(file) === '' || !existsSync(join(root, file))),
    );
    expect(wrong.map(saying)).toEqual([]);
  });

  it('name Node’s own modules with node:', () => {
    expect(imports.filter(({ specifier }) => builtinModules.includes(specifier)).map(saying)).toEqual([]);
  });

  it('never take a main file, which constructs, except in the demo', () => {
    const wrong = imports.filter(({ from, file }) => main.test(file ?? '') && roomOf(from) !== 'src/demo');
    expect(wrong.map(saying)).toEqual([]);
  });

  it('go in no circle', () => {
    const next = new Map(sources.map((path) => [path, [] as string[]]));
    for (const { from, file, typeOnly } of imports) if (file && !typeOnly) next.get(from)?.push(file);
    const done = new Set<string>();
    const circle = (path: string, way: readonly string[]): string | undefined => {
      if (way.includes(path)) return [...way.slice(way.indexOf(path)), path].join(' → ');
      if (done.has(path)) return undefined;
      for (const other of next.get(path) ?? []) {
        const found = circle(other, [...way, path]);
        if (found) return found;
      }
      done.add(path);
      return undefined;
    };
    expect(sources.map((path) => circle(path, [])).filter((found) => found !== undefined)).toEqual([]);
  });
});

describe('core', () => {
  it('is compiled with no DOM and no Node', () => {
    const { compilerOptions } = JSON.parse(read('src/core/tsconfig.json'));
    expect(compilerOptions).toEqual({ lib: ['ES2022'], types: [] });
  });

  it('has neither a clock nor randomness of its own', () => {
    const text = (node: unknown) => (node as SyntaxNode).name;
    const wrong = sources
      .filter((path) => roomOf(path) === 'src/core')
      .filter((path) =>
        [...syntaxOf(path)].some(
          (node) =>
            (node.type === 'Identifier' && node.name === 'Date') ||
            (node.type === 'MemberExpression' && text(node.object) === 'Math' && text(node.property) === 'random'),
        ),
      );
    expect(wrong).toEqual([]);
  });
});
