import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

const dist = resolve('dist');

/** What has to be loaded of a build, in bytes after gzip, and how many it may be. */
export function loadedSizes(): { what: string; bytes: number; most: number }[] {
  const extension = join(dist, 'extension-chrome');
  const manifest = JSON.parse(readFileSync(join(extension, 'manifest.json'), 'utf8'));
  const { files, scripts, texts } = phoneFirst();
  const longest = texts.sort((one, other) => gzipped([other]) - gzipped([one])).slice(0, 1);
  const size = (what: string, most: number, files: Iterable<string>) => ({ what, bytes: gzipped(files), most });
  return [
    size('content script', 12_000, [join(extension, manifest.content_scripts[0].js[0])]),
    size('popup with all that it loads', 30_000, loadedBy(extension, 'src/extension/popup/index.html')),
    size('phone app: page, script and style that it loads first', 60_000, files),
    size('phone app: the texts for that, in the longest language', 2_000, longest),
    size('phone app: that script and these texts, all the JavaScript that it loads first', 60_000, [
      ...scripts,
      ...longest,
    ]),
    size('page module', 2_000, [join(dist, 'page/tandem.js')]),
  ];
}

/** What the phone app loads before it shows anything: all files but texts, the scripts among them, and each language's texts. */
export function phoneFirst(): { files: string[]; scripts: string[]; texts: string[] } {
  const root = join(dist, 'phone');
  const files = [...loadedBy(root, 'index.html')];
  const assets = join(root, 'assets');
  // The texts of later screens have none of this key.
  const texts = readdirSync(assets)
    .map((name) => join(assets, name))
    .filter((file) => file.includes('messages-') && readFileSync(file, 'utf8').includes('error_too_large:'));
  return { files, scripts: files.filter((file) => file.endsWith('.js')), texts };
}

/** The same as a table. */
export function benchSizes(): string[] {
  return [
    '| what is loaded | kB, gzipped |',
    '| --- | --- |',
    ...loadedSizes().map(({ what, bytes }) => `| ${what} | ${(bytes / 1000).toFixed(1)} |`),
  ];
}

/** Bytes after gzip of these files together, each compressed by itself. */
function gzipped(files: Iterable<string>): number {
  let sum = 0;
  for (const file of files) sum += gzipSync(readFileSync(file), { level: 9 }).length;
  return sum;
}

/** An HTML page of a build and all scripts and styles that it loads before it does anything. `root`: where `/` is. */
function loadedBy(root: string, page: string): Set<string> {
  const files = new Set<string>();
  const visit = (file: string) => {
    if (files.has(file) || !existsSync(file)) return;
    files.add(file);
    const text = readFileSync(file, 'utf8');
    const references = file.endsWith('.html')
      ? [...text.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)]
      : [...text.matchAll(/(?:^|[;\s}])(?:import|from)\s*"([^"]+\.js)"/g)];
    for (const [, reference = ''] of references) {
      visit(reference.startsWith('/') ? join(root, reference) : join(dirname(file), reference));
    }
  };
  visit(join(root, page));
  return files;
}
