/** A bar: what is measured, beside what, and how much of it at least or at most. */
export interface Row {
  what: string;
  reference: string;
  value: string;
  bar: string;
  /** Null: only reported. */
  met: boolean | null;
}

/** What was measured beside something else in the same run. */
export interface Comparison {
  what: string;
  reference: string;
  ratio: number;
  /** The figures that the ratio is of. */
  detail: string;
}

function row({ what, reference, ratio, detail }: Comparison, bar: string, met: boolean | null): Row {
  return { what, reference, value: `${ratio.toFixed(2)} (${detail})`, bar, met };
}

export function atLeast(comparison: Comparison, bar: number): Row {
  return row(comparison, `≥ ${bar}`, comparison.ratio >= bar);
}

export function atMost(comparison: Comparison, bar: number): Row {
  return row(comparison, `≤ ${bar}`, comparison.ratio <= bar);
}

export function reported(comparison: Comparison): Row {
  return row(comparison, 'reported', null);
}

const verdict = ({ met }: Row) => (met === null ? '–' : met ? 'yes' : '**no**');

/** One row of the table. */
export function lineOf(row: Row): string {
  return `| ${row.what} | ${row.reference} | ${row.value} | ${row.bar} | ${verdict(row)} |`;
}

/** A table in Markdown. */
export function tableOf(rows: readonly Row[]): string {
  return [
    '| bar | reference in the same run | measured | bar | met |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map(lineOf),
  ].join('\n');
}
