import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../src/core/errors.ts';
import { ends, stages } from '../../src/core/request.ts';
import { filesBelow, isScript, literalText, read, root, type SyntaxNode, syntaxOf } from './source.ts';

type Catalogue = Record<string, { message: string }>;

const languages = readdirSync(join(root, 'public/_locales')).sort();
const catalogues = new Map(
  languages.map((language) => [language, JSON.parse(read(`public/_locales/${language}/messages.json`)) as Catalogue]),
);
const english = catalogues.get('en') as Catalogue;
const keys = Object.keys(english).sort();

const sources = filesBelow('src').filter(isScript);
const nodes = sources.flatMap((path) => [...syntaxOf(path)].map((node) => ({ path, node })));

const key = (family: string, member: string, suffix = '') => `${family}_${member.replaceAll('-', '_')}${suffix}`;
/** Keys whose member is data: `textOf` finds them. */
const families = [
  ...errorCodes.flatMap((code) => [key('error', code), key('error', code, '_next')]),
  ...stages.flatMap((stage) => [key('stage', stage), key('step', stage)]),
  ...ends.map((end) => key('end', end)),
];

/** The places to fill of a message, in the order of their numbers. */
const places = (message: string) => [...message.matchAll(/\$(\$|[0-9])/g)].map(([place]) => place).sort();

describe('the texts for people', () => {
  it('are there in English, German and Arabic', () => {
    expect(languages).toEqual(expect.arrayContaining(['ar', 'de', 'en']));
  });

  it.each(languages)('in %s have the keys of the English ones, and the same places to fill', (language) => {
    const catalogue = catalogues.get(language) as Catalogue;
    expect(Object.keys(catalogue).sort()).toEqual(keys);
    const wrong = keys.filter(
      (one) => places(catalogue[one]?.message ?? '').join() !== places(english[one]?.message ?? '').join(),
    );
    expect(wrong).toEqual([]);
  });

  it.each(languages)('in %s say something, and nothing but a message', (language) => {
    const wrong = Object.entries(catalogues.get(language) as Catalogue).filter(
      ([, entry]) =>
        Object.keys(entry).join() !== 'message' ||
        entry.message.trim() === '' ||
        entry.message !== entry.message.trim(),
    );
    expect(wrong).toEqual([]);
  });

  it('have keys that a browser tells apart: it ignores their case', () => {
    expect(keys.filter((one) => !/^[a-z0-9]+(_[a-z0-9]+)*$/.test(one))).toEqual([]);
  });

  it('are translated: a sentence is another in each language', () => {
    const same = keys.filter((one) => {
      const messages = [...catalogues.values()].map((catalogue) => catalogue[one]?.message);
      return english[one]?.message.includes(' ') && new Set(messages).size < languages.length;
    });
    expect(same).toEqual([]);
  });

  it.each([
    ['en', 'password', 'wait'],
    ['de', 'Passwort', 'warten'],
    ['ar', 'كلمة مرور', 'انتظر'],
  ])('in %s say that a password ends a block, which waiting does not', (language, password, wait) => {
    const next = catalogues.get(language)?.error_sign_in_blocked_next?.message ?? '';
    expect(next).toContain(password);
    expect(next.toLowerCase()).not.toContain(wait);
  });

  it('have two sentences for each error, and one for each stage and end, a name for each step, and no other in those families', () => {
    expect(keys.filter((one) => /^(error|stage|step|end)_/.test(one))).toEqual(families.sort());
  });
});

describe('the texts in the source', () => {
  const literals = new Set(nodes.map(({ node }) => literalText(node)));
  const others = [...filesBelow('src').filter((path) => path.endsWith('.html')), 'manifest.json']
    .filter((path) => existsSync(join(root, path)))
    .map(read)
    .join('\n');

  it('exist', () => {
    const asked = nodes.flatMap(({ path, node }) => {
      const isT = node.type === 'CallExpression' && (node.callee as SyntaxNode).name === 't';
      const text = isT ? literalText((node.arguments as unknown[])[0]) : undefined;
      return text === undefined ? [] : [{ path, text }];
    });
    const named = [...others.matchAll(/__MSG_(\w+)__/g)].map(([, text]) => ({
      path: 'manifest.json',
      text: text as string,
    }));
    expect([...asked, ...named].filter(({ text }) => english[text] === undefined)).toEqual([]);
  });

  it('use every key that there is', () => {
    const used = (one: string) => literals.has(one) || new RegExp(`\\b(__MSG_)?${one}(__)?\\b`).test(others);
    expect(keys.filter((one) => !families.includes(one) && !used(one))).toEqual([]);
  });

  it('hold no words of their own', () => {
    const spoken = new Set(['aria-label', 'title', 'placeholder', 'alt', 'label']);
    const words = (text: unknown) => typeof text === 'string' && /\p{L}{2}/u.test(text);
    const wrong = nodes.flatMap(({ path, node }) => {
      if (node.type === 'JSXText' && words(node.value)) return [`${path}: ${String(node.value).trim()}`];
      const attribute = node.type === 'JSXAttribute' && spoken.has(String((node.name as SyntaxNode).name));
      return attribute && words(literalText(node.value)) ? [`${path}: ${literalText(node.value)}`] : [];
    });
    expect(wrong).toEqual([]);
  });
});
