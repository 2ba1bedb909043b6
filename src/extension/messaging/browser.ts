import type { Browser } from 'webextension-polyfill';

/** The browser's extension API. Under this name both Chromium and Firefox give promises to an MV3 extension. */
export const browser = (globalThis as unknown as { chrome: Browser }).chrome;
