import { describe, expect, it } from 'vitest';
import type { HistoryEntry } from '../../src/phone/history.ts';
import { historyCsv, historyJson } from '../../src/phone/history-export.ts';

const entry: HistoryEntry = {
  askedAt: 1_800_000_000_000,
  type: 'sign-in',
  origin: 'https://login.example',
  site: 'Example',
  account: 'ada@login.example',
  browser: 'Chrome on Linux',
  end: 'denied',
  reason: 'not-me',
};

/** Reads CSV as RFC 4180 has it. */
function cells(csv: string): string[][] {
  const rows = csv.split('\r\n').slice(0, -1);
  return rows.map((row) =>
    [...row.matchAll(/(?:^|,)"((?:[^"]|"")*)"/g)].map(([, cell = '']) => cell.replaceAll('""', '"')),
  );
}

describe('a history as CSV', () => {
  it('has a line of names, then one line for each entry, and is known as UTF-8', () => {
    const csv = historyCsv([
      entry,
      { ...entry, account: undefined, end: 'failed', reason: undefined, code: 'expired' },
    ]);
    expect(csv.codePointAt(0)).toBe(0xfeff);
    expect(cells(csv.slice(1))).toEqual([
      ['time', 'kind', 'origin', 'site', 'account', 'browser', 'outcome', 'reason', 'error'],
      [
        ...['2027-01-15T08:00:00.000Z', 'sign-in', 'https://login.example', 'Example', 'ada@login.example'],
        ...['Chrome on Linux', 'denied', 'not-me', ''],
      ],
      [
        ...['2027-01-15T08:00:00.000Z', 'sign-in', 'https://login.example', 'Example', ''],
        ...['Chrome on Linux', 'failed', '', 'expired'],
      ],
    ]);
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '  =1', '\t=1', '\r1', '\n=1', '＝1', '＋1', '－1', '＠1', '|calc', '%0A'])(
    'holds nothing that a spreadsheet would run: %j',
    (site) => {
      const [, row] = cells(historyCsv([{ ...entry, site }]).slice(1));
      expect(row?.[3]).toBe(`'${site}`);
    },
  );

  it.each(['a=1', 'Example, "Ltd"', 'مثال', 'x\u2028y'])('leaves everything else as it is: %j', (site) => {
    const [, row] = cells(historyCsv([{ ...entry, site }]).slice(1));
    expect(row?.[3]).toBe(site);
  });
});

it('as JSON has what is known and nothing else', () => {
  const [first] = JSON.parse(historyJson([{ ...entry, account: undefined }])) as object[];
  expect(first).toEqual({
    time: '2027-01-15T08:00:00.000Z',
    kind: 'sign-in',
    origin: 'https://login.example',
    site: 'Example',
    browser: 'Chrome on Linux',
    outcome: 'denied',
    reason: 'not-me',
  });
});
