import { beforeEach } from 'vitest';
import type { BrowserHalf } from './browser-half.ts';
import { Scene } from './scene.ts';

/** Before each test of a file: a phone that is registered with a browser of its own, closed when the test is over. */
export function eachRegistered(opened: (of: { scene: Scene; browser: BrowserHalf }) => void): void {
  beforeEach(async () => {
    const scene = await Scene.open();
    opened({ scene, browser: await scene.registered() });
    return () => scene.close();
  });
}
