import { readdirSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import { mediaTypeOf } from '../core/media-types.ts';

/** Addresses of the pages' own making; each is the same document. */
const documents = new Set(['/', '/sign-up', '/security']);

interface Page {
  body: Buffer;
  type: string;
  cache: string;
}

export interface Pages {
  /** Answers GET or HEAD; 404 for what there is not. */
  answer(path: string, response: ServerResponse): void;
}

/** Reads the built pages into memory: what is not among them cannot be asked for. Throws when there is no `index.html`. */
export function loadPages(directory: string): Pages {
  const pages = new Map<string, Page>();
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = `/${relative(directory, file).split(sep).join('/')}`;
    // The build puts a hash of the content into the names below assets/.
    const cache = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
    pages.set(path, { body: readFileSync(file), type: mediaTypeOf(extname(path)), cache });
  }
  const index = pages.get('/index.html');
  if (!index) throw new Error(`no index.html in ${directory}`);
  return {
    answer(path, response) {
      const page = documents.has(path) ? index : pages.get(path);
      if (!page) {
        response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('Not found\n');
        return;
      }
      response.writeHead(200, {
        'content-type': page.type,
        'content-length': page.body.length,
        'cache-control': page.cache,
      });
      response.end(page.body);
    },
  };
}
