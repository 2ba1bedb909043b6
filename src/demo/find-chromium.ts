import { findProgram } from './find-program.ts';

/** The path of Chromium. Throws when there is none. */
export function findChromium(): string {
  return findProgram(['chromium', 'chromium-browser'], 'CHROMIUM_PATH');
}
