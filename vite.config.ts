import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crx, type ManifestV3Export } from '@crxjs/vite-plugin';
import { build, defineConfig, type Plugin, type UserConfig } from 'vite';
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
    plugins: [crx({ manifest: forBrowser(browser), browser }), backgroundOf(browser)],
    build: {
      target: 'es2022',
      modulePreload: { polyfill: false },
      outDir: at(`dist/extension-${browser}`),
      emptyOutDir: true,
      // The manifest names every other page.
      rolldownOptions: {
        input: { welcome: at('src/extension/welcome/index.html') },
        output: {
          codeSplitting: { groups: [{ name: 'core', test: /src.(core|extension.messaging)/, minShareCount: 2 }] },
        },
      },
    },
  };
}

/**
 * Firefox has an event page where Chromium has a service worker, and hides buttons, and so their badges, in a menu unless
 * told otherwise. The manifest holds what both need.
 */
function forBrowser(browser: 'chrome' | 'firefox'): ManifestV3Export {
  const { action, background: _, browser_specific_settings, key, minimum_chrome_version, ...rest } = manifest;
  const firefox = { action: { ...action, default_area: 'navbar' }, browser_specific_settings };
  const chrome = { action, key, minimum_chrome_version };
  // JSON gives plain texts where the plug-in's types name each that there is.
  return { ...rest, ...(browser === 'firefox' ? firefox : chrome) } as ManifestV3Export;
}

/** The background in one file, and no module: a worker that is woken answers a third sooner than one of several. */
function backgroundOf(browser: 'chrome' | 'firefox'): Plugin {
  const fileName = 'background.js';
  const background = browser === 'chrome' ? { service_worker: fileName } : { scripts: [fileName] };
  let code = '';
  return {
    name: 'tandem-background',
    async buildStart() {
      const built = await build({
        ...shared,
        configFile: false,
        logLevel: 'warn',
        publicDir: false,
        build: {
          target: 'es2022',
          write: false,
          rolldownOptions: { input: at(manifest.background.service_worker), output: { format: 'iife' } },
        },
      });
      if (!('output' in built)) throw new TypeError('one build gives one output');
      const [chunk] = built.output;
      code = chunk.code;
      for (const id of chunk.moduleIds) this.addWatchFile(id);
    },
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const file = bundle['manifest.json'];
        if (file?.type !== 'asset') throw new TypeError('no manifest was built');
        file.source = JSON.stringify({ ...JSON.parse(String(file.source)), background }, null, 2);
        this.emitFile({ type: 'asset', fileName, source: code });
      },
    },
  };
}

/** Every file of the built phone app, by its path there, and a name for all of them together. */
function phoneFiles(): { version: string; paths: string[] } {
  const root = at('dist/phone');
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'worker.js')
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const hash = createHash('sha256');
  for (const file of files) hash.update(file.slice(root.length)).update(readFileSync(file));
  const paths = files.map((file) => file.slice(root.length).replaceAll('\\', '/'));
  return {
    version: hash.digest('hex').slice(0, 16),
    paths: paths.map((path) => (path === '/index.html' ? '/' : path)),
  };
}

/** A worker of the classic kind loads nothing later: it has the texts of notifications, in every language. */
const notificationTexts: Plugin = {
  name: 'tandem-notification-texts',
  enforce: 'pre',
  transform: {
    filter: { id: /_locales\/\w+\/messages\.json$/ },
    handler: (code) =>
      JSON.stringify(
        Object.fromEntries(Object.entries(JSON.parse(code)).filter(([key]) => key.startsWith('phone_notification_'))),
      ),
  },
};

/**
 * Texts of screens that are loaded only when they are shown, and of errors that the first screen cannot have:
 * `messages.json?later` has them, and nothing else.
 */
const later =
  /^phone_((accounts|browsers|history|mend|news|ring|scan)_|(approved|denied|digits|failed|gone|mismatched|observed|pairing|password|registered|superseded|timed_out|unconfirmed)(_|$)|(elsewhere\w*|insecure\w*|no_registration(_other)?|page_that_asks|start_afresh\w*|use_here|wrong_origin)$)|^common_hop_|^error_(account|already|approval|bad|channel|decryption|denied|digits|expired|insecure|link|mailbox|malformed|no_extension|no_phone|no_registration|not_|notifications|pairing|phone|push|replayed|request|sign_in|storage|unknown_(account|channel|method)|weak|wrong_)/;

/** Families of texts that a page never shows. */
const elsewhere = {
  phone: ['popup', 'options', 'welcome', 'provider', 'stage', 'step', 'end', 'common_use'],
  provider: ['popup', 'options', 'welcome', 'phone', 'common_hop'],
} as const;

/** A page that loads its texts itself loads its own and the shared ones, not those of the other surfaces. */
function textsOf(surface: 'phone' | 'provider'): Plugin {
  const others = elsewhere[surface];
  const isElsewhere = (key: string) =>
    key.startsWith('phone_notification_') || others.some((other) => key.startsWith(`${other}_`));
  return {
    name: 'tandem-texts',
    enforce: 'pre',
    transform: {
      filter: { id: /_locales\/\w+\/messages\.json(\?later)?$/ },
      handler: (code, id) => {
        const isLater = id.endsWith('?later');
        const comesLater = (key: string) => surface === 'phone' && later.test(key);
        const isWanted = ([key]: [string, unknown]) => !isElsewhere(key) && comesLater(key) === isLater;
        const texts = JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(code)).filter(isWanted)));
        // With a query it is not taken for JSON any more.
        return isLater ? { code: `export default ${texts}`, moduleType: 'js' } : texts;
      },
    },
  };
}

/** Vite's own loader of chunks would load their styles too; here every style is loaded first. */
const plainImports: Plugin = {
  name: 'tandem-plain-imports',
  enforce: 'post',
  transform: {
    filter: { id: /vite\/preload-helper/ },
    handler: () => 'export const __vitePreload = (load) => load();',
  },
};

function app(surface: 'phone' | 'provider', root: string, outDir: string): UserConfig {
  return {
    ...shared,
    plugins: [textsOf(surface), plainImports],
    root: at(root),
    base: '/',
    build: {
      target: 'es2022',
      modulePreload: false,
      outDir: at(outDir),
      emptyOutDir: true,
      // What is loaded first is one file: in several it would be a tenth larger.
      rollupOptions: { output: { codeSplitting: { groups: [{ name: 'first', tags: ['$initial'] }] } } },
    },
  };
}

const builds: Record<string, () => UserConfig> = {
  production: () => extension('chrome'),
  firefox: () => extension('firefox'),
  phone: () => ({ ...app('phone', 'src/phone', 'dist/phone'), publicDir: at('src/phone/public') }),
  // After `phone`, whose files it keeps.
  'phone-worker': () => ({
    ...shared,
    plugins: [notificationTexts, plainImports],
    publicDir: false,
    define: { __APP_FILES__: JSON.stringify(phoneFiles()) },
    build: {
      target: 'es2022',
      outDir: at('dist/phone'),
      emptyOutDir: false,
      rollupOptions: {
        input: at('src/phone/service-worker/main.ts'),
        output: { format: 'iife', entryFileNames: 'worker.js' },
      },
    },
  }),
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

/** One more than two cores: a test waits for browsers, disks and clocks as much as it computes. */
const maxWorkers = 3;

export default defineConfig(({ mode }) => ({
  ...(builds[mode]?.() ?? shared),
  test: {
    reporters: ['default', './test/closing-line.ts'],
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          // Everything is handed what it uses, so that files share a process, and its warm code, without harm.
          isolate: false,
          maxWorkers,
          testTimeout: 30_000,
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/**/*.dom.test.*'],
        },
      },
      {
        ...shared,
        test: { name: 'dom', environment: 'happy-dom', maxWorkers, include: ['test/**/*.dom.test.{ts,tsx}'] },
      },
      {
        ...shared,
        test: {
          name: 'e2e',
          isolate: false,
          include: ['test/e2e/**/*.test.ts'],
          exclude: ['test/e2e/firefox.test.ts'],
          maxWorkers,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // As long as Playwright waits: a second is little for browsers that share two cores.
          expect: { poll: { timeout: 30_000 } },
        },
      },
      {
        ...shared,
        test: {
          name: 'firefox',
          isolate: false,
          // One after the other: what has the focus is one for all windows.
          include: ['test/e2e/firefox.test.ts'],
          maxWorkers,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // As long as Playwright waits: a second is little for browsers that share two cores.
          expect: { poll: { timeout: 30_000 } },
        },
      },
    ],
  },
}));
