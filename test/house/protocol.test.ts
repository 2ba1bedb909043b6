import { describe, expect, it } from 'vitest';
import { closeReasons } from '../../src/core/close-codes.ts';
import { errorCodes } from '../../src/core/errors.ts';
import { encodeFrame, refusals } from '../../src/core/frames.ts';
import { ends, stages } from '../../src/core/request.ts';
import { exampleFrames } from '../support/wire-examples.ts';
import { filesBelow, isScript, read } from './source.ts';

const text = read('docs/protocol.md');
/** The first cells of every table row, without their code marks. */
const rows = text
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| |[`|]/g, '').trim()));
const pairs = rows.map(([first, second]) => `${first} ${second}`);

describe('docs/protocol.md', () => {
  it('has every frame with its type', () => {
    const types = exampleFrames.map((frame) => {
      const [type] = encodeFrame(frame) as unknown as [number];
      return `0x${type.toString(16).padStart(2, '0')} ${frame.frame}`;
    });
    expect(pairs.filter((pair) => pair.startsWith('0x'))).toEqual(types);
  });

  it('has every refusal in its place', () => {
    expect(pairs).toEqual(expect.arrayContaining(refusals.map((code, place) => `${place} ${code}`)));
  });

  it('has every close code', () => {
    const codes = rows.filter(([code]) => /^\d{4}$/.test(code ?? '')).map(([code, , client]) => `${code} ${client}`);
    expect(codes).toEqual(Object.values(closeReasons).map(({ code, client }) => `${code} ${client}`));
  });

  it('has every error code in its place', () => {
    const list = /^Error codes here(.|\n)*?\.\n/m.exec(text)?.[0] ?? '';
    expect([...list.matchAll(/`([a-z-]+)`/g)].map(([, code]) => code)).toEqual(errorCodes);
  });

  it('has every stage and end of a request', () => {
    const life = text.slice(text.indexOf('## 8.'));
    for (const phase of [...stages, ...ends]) expect(life).toContain(`\n| \`${phase}\` |`);
  });

  it('has every section that the source cites', () => {
    const sections = new Set([...text.matchAll(/^#{2,3} ([\d.]+?)\.? /gm)].map(([, section]) => section));
    const cited = filesBelow('src')
      .filter((path) => isScript(path) || path.endsWith('.md'))
      .flatMap((path) =>
        [...read(path).matchAll(/docs\/protocol\.md §(\d+(?:\.\d+)*)/g)].map(([, section]) => section),
      );
    expect(cited.length).toBeGreaterThan(0);
    expect(cited.filter((section) => !sections.has(section))).toEqual([]);
  });
});
