import type { HistoryEntry } from './history.ts';

const columns = ['time', 'kind', 'origin', 'site', 'account', 'browser', 'outcome', 'reason', 'error'] as const;
type Row = Record<(typeof columns)[number], string>;

/**
 * What a spreadsheet would take for the beginning of a formula (OWASP, "CSV Injection"), full-width forms included, also
 * behind blanks; and what would end a cell for a reader that knows no quotes.
 */
const formula = /^\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20|%]|^[\t\r\n]/;

/** RFC 4180, with a mark at the start by which spreadsheets know UTF-8. Times are ISO 8601, in UTC. */
export function historyCsv(entries: readonly HistoryEntry[]): string {
  const lines = entries.map(rowOf).map((row) => columns.map((column) => cell(row[column])));
  return `\uFEFF${[columns.map(cell), ...lines].map((line) => `${line.join(',')}\r\n`).join('')}`;
}

/** The same, as a list of objects; what is not known is missing. */
export function historyJson(entries: readonly HistoryEntry[]): string {
  const rows = entries.map((entry) =>
    Object.fromEntries(Object.entries(rowOf(entry)).filter(([, value]) => value !== '')),
  );
  return `${JSON.stringify(rows, null, 2)}\n`;
}

function rowOf({ askedAt, type, origin, site, account, browser, end, reason, code }: HistoryEntry): Row {
  return {
    time: new Date(askedAt).toISOString(),
    kind: type,
    origin,
    site,
    account: account ?? '',
    browser,
    outcome: end,
    reason: reason ?? '',
    error: code ?? '',
  };
}

/** Every cell is quoted, and one that begins like a formula begins with an apostrophe instead. */
function cell(value: string): string {
  const safe = formula.test(value) ? `'${value}` : value;
  return `"${safe.replaceAll('"', '""')}"`;
}
