import decodeQr from 'qr/decode.js';

/** A longer side than this, in pixels, takes longer to read and finds no more. */
const longestSide = 1_024;

/** What a worker's `self` has, in which this runs. */
const worker = self as unknown as {
  onmessage: (event: MessageEvent<ImageBitmap>) => void;
  postMessage(message: string | null): void;
};

worker.onmessage = ({ data }) => worker.postMessage(read(data));

function read(picture: ImageBitmap): string | null {
  const scale = Math.min(1, longestSide / Math.max(picture.width, picture.height));
  const [width, height] = [Math.round(picture.width * scale), Math.round(picture.height * scale)];
  const context = new OffscreenCanvas(width, height).getContext('2d');
  context?.drawImage(picture, 0, 0, width, height);
  picture.close();
  const pixels = context?.getImageData(0, 0, width, height);
  try {
    return pixels ? decodeQr(pixels) : null;
  } catch {
    // The decoder throws where there is no code, which is what most pictures are like.
    return null;
  }
}
