import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { AppError } from '../core/errors.ts';
import { mediaTypeOf } from '../core/media-types.ts';

const alreadyCompressed: ReadonlySet<string> = new Set(['.png', '.ico', '.woff2']);

/** Screens that are not files: the app shows them itself. */
const screens = ['/', '/pair'] as const;

const headers = {
  'content-security-policy':
    "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
} as const;

interface StaticFile {
  type: string;
  body: Buffer;
  gzipped: Buffer | null;
  tag: string;
  cache: string;
}

/** The phone app's files by the path that they are asked for; they are read once, so that no path can leave their directory. */
export type PhoneApp = ReadonlyMap<string, StaticFile>;

/** Null when the directory holds no app. Throws `malformed-call` for one that cannot be read as a whole. */
export function readPhoneApp(directory: string): PhoneApp | null {
  if (!existsSync(join(directory, 'index.html'))) return null;
  try {
    return filesOf(directory);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const what = `The phone app in ${directory} cannot be read: ${why}. `;
    const next = 'Let this user read all of it, or name another with --phone-app';
    throw new AppError('malformed-call', what + next, { cause });
  }
}

function filesOf(directory: string): PhoneApp {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = new Map(
    entries.map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const path = `/${file.slice(join(directory, '/').length).replaceAll('\\', '/')}`;
      return [path, readFile(file, path)] as const;
    }),
  );
  const index = files.get('/index.html') as StaticFile;
  for (const screen of screens) files.set(screen, index);
  return files;
}

function readFile(file: string, path: string): StaticFile {
  const body = readFileSync(file);
  const extension = extname(file);
  return {
    type: mediaTypeOf(extension),
    body,
    gzipped: alreadyCompressed.has(extension) ? null : gzipSync(body),
    tag: `"${createHash('sha256').update(body).digest('base64url')}"`,
    // The build puts a hash of the content into every name under assets.
    cache: path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
}

/** Answers with a file of the app. False when there is none at this path. */
export function servePhoneApp(
  app: PhoneApp,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const file = app.get(path);
  if (!file) return false;
  const isGzipped = file.gzipped !== null && /\bgzip\b/.test(String(request.headers['accept-encoding']));
  const known = request.headers['if-none-match'] === file.tag;
  response.writeHead(known ? 304 : 200, {
    ...headers,
    'content-type': file.type,
    'cache-control': file.cache,
    etag: file.tag,
    vary: 'accept-encoding',
    ...(isGzipped && { 'content-encoding': 'gzip' }),
  });
  const body = isGzipped ? file.gzipped : file.body;
  response.end(known || request.method === 'HEAD' ? undefined : body);
  return true;
}
