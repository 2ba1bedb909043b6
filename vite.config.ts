import { fileURLToPath } from 'node:url';
import { crx, type ManifestV3Export } from '@crxjs/vite-plugin';
import { defineConfig, type Plugin, type UserConfig } from 'vite';
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
    build: {
      target: 'es2022',
      modulePreload: false,
      outDir: at(`dist/extension-${browser}`),
      emptyOutDir: true,
      // The manifest names every other page.
      rollupOptions: { input: { welcome: at('src/extension/welcome/index.html') } },
    },
  };
}

/** Firefox has an event page where Chromium has a service worker; the manifest holds both. */
function forBrowser(browser: 'chrome' | 'firefox'): ManifestV3Export {
  const { background, browser_specific_settings, key, minimum_chrome_version, ...rest } = manifest;
  // JSON gives plain texts where the plug-in's types name each that there is.
  return (
    browser === 'firefox'
      ? { ...rest, browser_specific_settings, background: { scripts: [background.service_worker], type: 'module' } }
      : { ...rest, background, key, minimum_chrome_version }
  ) as ManifestV3Export;
}

/** A page that loads its texts itself loads its own and the shared ones, not those of the other surfaces. */
function textsOf(surface: 'phone' | 'provider'): Plugin {
  const others = ['popup', 'options', 'welcome', 'phone', 'provider'].filter((other) => other !== surface);
  const isElsewhere = (key: string) => others.some((other) => key.startsWith(`${other}_`));
  return {
    name: 'tandem-texts',
    enforce: 'pre',
    transform: {
      filter: { id: /_locales\/\w+\/messages\.json$/ },
      handler: (code) =>
        JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(code)).filter(([key]) => !isElsewhere(key)))),
    },
  };
}

function app(surface: 'phone' | 'provider', root: string, outDir: string): UserConfig {
  return {
    ...shared,
    plugins: [textsOf(surface)],
    root: at(root),
    base: '/',
    build: { target: 'es2022', outDir: at(outDir), emptyOutDir: true },
  };
}

const builds: Record<string, () => UserConfig> = {
  production: () => extension('chrome'),
  firefox: () => extension('firefox'),
  phone: () => ({ ...app('phone', 'src/phone', 'dist/phone'), publicDir: at('src/phone/public') }),
  provider: () => app('provider', 'src/identity-provider/pages', 'dist/identity-provider'),
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
        test: {
          name: 'unit',
          testTimeout: 30_000,
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/**/*.dom.test.*'],
        },
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
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
}));
