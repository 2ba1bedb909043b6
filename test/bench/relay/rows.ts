/** A bar: what is measured, beside what, and how much of it at least or at most. */
export interface Row {
  what: string;
  reference: string;
  value: string;
  bar: string;
  /** Null: only reported. */
  met: boolean | null;
}

export function atLeast(what: string, reference: string, ratio: number, bar: number, detail: string): Row {
  return { what, reference, value: `${ratio.toFixed(2)} (${detail})`, bar: `≥ ${bar}`, met: ratio >= bar };
}

export function atMost(what: string, reference: string, ratio: number, bar: number, detail: string): Row {
  return { what, reference, value: `${ratio.toFixed(2)} (${detail})`, bar: `≤ ${bar}`, met: ratio <= bar };
}

export function reported(what: string, reference: string, ratio: number, detail: string): Row {
  return { what, reference, value: `${ratio.toFixed(2)} (${detail})`, bar: 'reported', met: null };
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
