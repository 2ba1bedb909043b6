import { useMemo } from 'preact/hooks';
import { create } from 'qrcode';

/** White around the code on each side, in modules: what scanners need (ISO/IEC 18004 §9.1). */
const quietZone = 4;

interface Props {
  text: string;
  label: string;
}

/** A QR code: black on white in every theme. */
export function QrCode({ text, label }: Props) {
  const { side, path } = useMemo(() => draw(text), [text]);
  return (
    <svg class="qr" role="img" aria-label={label} data-link={text} viewBox={`0 0 ${side} ${side}`}>
      <rect width={side} height={side} fill="#fff" />
      <path d={path} fill="#000" shape-rendering="crispEdges" />
    </svg>
  );
}

/** One rectangle for each run of dark modules in a row. */
function draw(text: string): { side: number; path: string } {
  const { size, data } = create(text, { errorCorrectionLevel: 'M' }).modules;
  let path = '';
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      if (!data[row * size + column]) continue;
      const from = column;
      while (column + 1 < size && data[row * size + column + 1]) column++;
      const width = column - from + 1;
      path += `M${from + quietZone} ${row + quietZone}h${width}v1h-${width}z`;
    }
  }
  return { side: size + 2 * quietZone, path };
}
