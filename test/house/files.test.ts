import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesBelow, isScript, read, type SyntaxNode, syntaxOf } from './source.ts';

const files = ['src', 'test', 'docs'].flatMap(filesBelow);
const scripts = files.filter(isScript);

describe('files', () => {
  it('have names in kebab-case', () => {
    const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)+$/;
    const folder = /^[a-z0-9]+(-[a-z0-9]+)*$/;
    const wrong = files.filter((path) => {
      const parts = path.split('/');
      const name = parts.pop() as string;
      return !(kebab.test(name) || name === 'README.md') || !parts.every((part) => folder.test(part));
    });
    expect(wrong).toEqual([]);
  });

  it('are named after what they hold', () => {
    const vague = /^(utils?|helpers?|managers?|common|misc|shared)\./;
    expect(files.filter((path) => vague.test(basename(path)))).toEqual([]);
  });

  it('export by name, and are no barrels', () => {
    const sources = scripts.filter((path) => path.startsWith('src/'));
    const wrong = sources.filter((path) => {
      const types = [...syntaxOf(path)].map(({ type }) => type);
      return types.includes('ExportDefaultDeclaration') || types.includes('ExportAllDeclaration');
    });
    expect(wrong).toEqual([]);
  });
});

describe('documents', () => {
  it('name only files that exist', () => {
    const atRoot = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md'];
    const named = [...atRoot, ...files.filter((path) => path.endsWith('.md'))].flatMap((document) =>
      [...read(document).matchAll(/`((?:src|test|docs)\/[\w./-]+\.\w+)`/g)].map(([, path]) => path as string),
    );
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((path) => !files.includes(path))).toEqual([]);
  });
});

describe('scripts', () => {
  // In pieces, so that this file does not hold what it looks for.
  const banned = [
    'biome-' + 'ignore',
    '@ts-' + 'ignore',
    '@ts-' + 'expect-error',
    '@ts-' + 'nocheck',
    'TO' + 'DO',
    'FIX' + 'ME',
  ];

  it('suppress nothing and leave nothing for later', () => {
    const wrong = scripts.flatMap((path) =>
      read(path)
        .split('\n')
        .flatMap((line, at) => (banned.some((word) => line.includes(word)) ? [`${path}:${at + 1}`] : [])),
    );
    expect(wrong).toEqual([]);
  });

  it('are handed their clock: the system’s is read where all is constructed, and in the one clock that is made of it', () => {
    const constructing = /\/main\.(iife\.)?tsx?$|^src\/demo\/|^src\/relay-client\/socket\.ts$/;
    const isSystems = ({ type, object, property }: SyntaxNode) =>
      type === 'MemberExpression' && (object as SyntaxNode).name === 'Date' && (property as SyntaxNode).name === 'now';
    const reading = scripts.filter((path) => path.startsWith('src/') && [...syntaxOf(path)].some(isSystems));
    expect(reading.filter((path) => !constructing.test(path))).toEqual([]);
    expect(reading.length).toBeGreaterThan(0);
  });

  it('of tests run all of them', () => {
    const wrong = scripts.filter((path) => /\b(it|test|describe)\.(only|skip|todo|fails)\b/.test(read(path)));
    expect(wrong.filter((path) => path.startsWith('test/'))).toEqual([]);
  });
});
