import { bodyBytes } from './system.ts';

export interface Point {
  channels: number;
  values: Readonly<Record<string, number>>;
}

const [width, height] = [720, 360];
const area = { left: 64, right: 700, top: 56, bottom: 300 };
const colours = ['#1f6feb', '#bf3989', '#1a7f37'] as const;

/** Ratios to the smallest number of channels, over channels on a logarithmic scale, as an SVG that stands by itself. */
export function growthPlot(points: readonly Point[], bar: number): string {
  const [first] = points;
  const last = points.at(-1);
  if (!first || !last) throw new RangeError('nothing to plot');
  const names = Object.keys(first.values);
  const ratio = (point: Point, name: string) => (point.values[name] as number) / (first.values[name] as number);
  const most = Math.max(1.5, bar, ...points.flatMap((point) => names.map((name) => ratio(point, name)))) * 1.05;
  const decades = Math.log10(last.channels / first.channels) || 1;
  const x = (channels: number) =>
    area.left + (Math.log10(channels / first.channels) / decades) * (area.right - area.left - 60);
  const y = (value: number) => area.bottom - (value / most) * (area.bottom - area.top);
  const number = (value: number) => value.toFixed(1);
  const text = (atX: number, atY: number, content: string, more = '') =>
    `<text x="${number(atX)}" y="${number(atY)}" ${more}>${content}</text>`;
  const line = (fromX: number, fromY: number, toX: number, toY: number, more: string) =>
    `<line x1="${number(fromX)}" y1="${number(fromY)}" x2="${number(toX)}" y2="${number(toY)}" ${more}/>`;
  const ticks = Array.from({ length: Math.floor(most / 0.5) + 1 }, (_, at) => at * 0.5);
  const curves = names.flatMap((name, at) => {
    const colour = colours[at % colours.length];
    const places = points.map((point) => `${number(x(point.channels))},${number(y(ratio(point, name)))}`);
    return [
      `<polyline points="${places.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      ...points.map(
        (point) =>
          `<circle cx="${number(x(point.channels))}" cy="${number(y(ratio(point, name)))}" r="3" fill="${colour}"/>`,
      ),
      text(area.left + at * 225, 40, name, `fill="${colour}"`),
    ];
  });
  const title = `The relay as channels grow: ratio to ${first.channels} channels (${bodyBytes}-byte bodies)`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<title>${title}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(area.left, 20, title, 'font-size="14"'),
    ...ticks.flatMap((value) => [
      line(area.left, y(value), area.right, y(value), 'stroke="#d8dee4"'),
      text(area.left - 8, y(value) + 4, value.toFixed(1), 'text-anchor="end"'),
    ]),
    line(area.left, y(bar), area.right, y(bar), 'stroke="#cf222e" stroke-dasharray="6 4"'),
    text(area.right, y(bar) - 5, `bar for the cost: ${bar}`, 'text-anchor="end" fill="#cf222e"'),
    ...points.map(({ channels }) =>
      text(x(channels), area.bottom + 20, channels.toLocaleString('en'), 'text-anchor="middle"'),
    ),
    text((area.left + area.right) / 2, area.bottom + 44, 'channels, both sides attached', 'text-anchor="middle"'),
    ...curves,
    '</svg>\n',
  ].join('\n');
}
