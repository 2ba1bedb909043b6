import { create } from 'qrcode';

/** White around the code on each side, in modules: what scanners need (ISO/IEC 18004 §9.1). */
const quietZone = 4;

export interface DrawnCode {
  /** Modules along each side, quiet zone included. */
  readonly side: number;
  /** An SVG path of the dark modules. */
  readonly path: string;
}

/** A text as QR code: one rectangle for each run of dark modules in a row. */
export function drawQr(text: string): DrawnCode {
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
