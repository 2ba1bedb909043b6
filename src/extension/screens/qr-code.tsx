import { useEffect, useState } from 'preact/hooks';
import type { DrawnCode } from './draw-qr.ts';

/** Loaded when a code is first shown: no other screen has to wait for it. */
const drawing = () => import('./draw-qr.ts');

interface Props {
  text: string;
  label: string;
}

/** A QR code: black on white in every theme. */
export function QrCode({ text, label }: Props) {
  const [{ side, path }, show] = useState<DrawnCode>({ side: 1, path: '' });
  useEffect(() => {
    let left = false;
    drawing().then(({ drawQr }) => {
      if (!left) show(drawQr(text));
    });
    return () => {
      left = true;
    };
  }, [text]);
  return (
    <svg class="qr" role="img" aria-label={label} data-link={path ? text : undefined} viewBox={`0 0 ${side} ${side}`}>
      <rect width={side} height={side} fill="#fff" />
      <path d={path} fill="#000" shape-rendering="crispEdges" />
    </svg>
  );
}
