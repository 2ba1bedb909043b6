/** The files of one version of the app: paths from its origin, of which `/` is the app itself. */
export interface AppFiles {
  readonly version: string;
  readonly paths: readonly string[];
}

/** Screens that are not files: the app shows them itself. */
const screens: ReadonlySet<string> = new Set(['/', '/pair']);
const prefix = 'tandem ';

/** Keeps the files of this version, so that the app opens without a network and never out of two versions. */
export class Offline {
  readonly #caches: CacheStorage;
  readonly #files: AppFiles;
  readonly #paths: ReadonlySet<string>;
  readonly #origin: string;

  constructor(caches: CacheStorage, files: AppFiles, origin: string) {
    this.#caches = caches;
    this.#files = files;
    this.#paths = new Set(files.paths);
    this.#origin = origin;
  }

  /** Fetches every file. Rejects when one cannot be had: the version before then stays. */
  async install(): Promise<void> {
    const cache = await this.#caches.open(this.#name);
    // What has a hash in its name was most likely just loaded by the page; the rest must not be an older version's.
    const requests = this.#files.paths.map(
      (path) => new Request(this.#origin + path, path.startsWith('/assets/') ? {} : { cache: 'no-cache' }),
    );
    await cache.addAll(requests);
  }

  /** Forgets other versions, once no window uses them any more. */
  async forgetOthers(): Promise<void> {
    const names = await this.#caches.keys();
    const others = names.filter((name) => name.startsWith(prefix) && name !== this.#name);
    await Promise.all(others.map((name) => this.#caches.delete(name)));
  }

  /** Where in this version the answer to a request lies; null for what only the network has. */
  pathFor({ method, url, mode }: Pick<Request, 'method' | 'url' | 'mode'>): string | null {
    const { origin, pathname } = new URL(url);
    if (method !== 'GET' || origin !== this.#origin) return null;
    if (mode === 'navigate') return screens.has(pathname) ? '/' : null;
    return this.#paths.has(pathname) ? pathname : null;
  }

  /** The file at a path of this version; from the network when the browser has dropped it. */
  async answer(path: string, request: Request): Promise<Response> {
    const cache = await this.#caches.open(this.#name);
    return (await cache.match(path)) ?? fetch(request);
  }

  get #name(): string {
    return prefix + this.#files.version;
  }
}
