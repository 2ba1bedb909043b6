import { fileURLToPath } from 'node:url';
import { crx } from '@crxjs/vite-plugin';
import { defineConfig, type UserConfig } from 'vite';
import manifest from './manifest.json' with { type: 'json' };

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Where the extension looks for its relay until the options say otherwise. */
const relayOrigin = process.env.TANDEM_RELAY_ORIGIN ?? 'http://localhost:8787';

const shared: UserConfig = {
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  define: { __RELAY_ORIGIN__: JSON.stringify(relayOrigin) },
};

function extension(browser: 'chrome' | 'firefox'): UserConfig {
  return {
    ...shared,
    plugins: [crx({ manifest: forBrowser(browser), browser })],
    build: { target: 'es2022', modulePreload: false, outDir: at(`dist/extension-${browser}`), emptyOutDir: true },
  };
}

/** Firefox has an event page where Chromium has a service worker; the manifest holds both. */
function forBrowser(browser: 'chrome' | 'firefox') {
  const { background, browser_specific_settings, ...rest } = manifest;
  return browser === 'firefox'
    ? { ...rest, browser_specific_settings, background: { scripts: [background.service_worker], type: 'module' } }
    : { ...rest, background };
}

function app(root: string, outDir: string): UserConfig {
  return { ...shared, root: at(root), base: '/', build: { target: 'es2022', outDir: at(outDir), emptyOutDir: true } };
}

const builds: Record<string, () => UserConfig> = {
  production: () => extension('chrome'),
  firefox: () => extension('firefox'),
  phone: () => ({ ...app('src/phone', 'dist/phone'), publicDir: at('src/phone/public') }),
  provider: () => app('src/identity-provider/pages', 'dist/identity-provider'),
  page: () => ({
    ...shared,
    publicDir: false,
    build: {
      target: 'es2022',
      outDir: at('dist/page'),
      emptyOutDir: true,
      lib: { entry: at('src/page/tandem.ts'), formats: ['es'], fileName: 'tandem' },
    },
  }),
};

export default defineConfig(({ mode }) => ({
  ...(builds[mode]?.() ?? shared),
  test: {
    reporters: ['default', './test/closing-line.ts'],
    projects: [
      {
        ...shared,
        test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/e2e/**', 'test/**/*.dom.test.*'] },
      },
      {
        ...shared,
        test: { name: 'dom', environment: 'happy-dom', include: ['test/**/*.dom.test.{ts,tsx}'] },
      },
      {
        ...shared,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
}));
