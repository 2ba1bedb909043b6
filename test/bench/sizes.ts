import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Bytes after gzip of these files together, each compressed by itself. */
export function gzipped(files: Iterable<string>): number {
  let sum = 0;
  for (const file of files) sum += gzipSync(readFileSync(file), { level: 9 }).length;
  return sum;
}

/** An HTML page of a build and all scripts and styles that it loads before it does anything. `root`: where `/` is. */
export function loadedBy(root: string, page: string): Set<string> {
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
