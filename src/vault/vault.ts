import { text, utf8 } from '../core/bytes.ts';
import { AppError } from '../core/errors.ts';
import { json } from '../core/parse.ts';
import { openStores, resultOf, written } from './indexed-db.ts';

const ivLength = 12;
const probePrefix = 'probe:';
/** Of the wrapping key. */
const place = 'wrapping';

interface Sealed {
  iv: Uint8Array<ArrayBuffer>;
  sealed: ArrayBuffer;
}

/**
 * Secrets at rest: JSON values in IndexedDB, each sealed with AES-256-GCM under a key of WebCrypto that no script can
 * take out of this browser, its own name as associated data. `set` writes all or nothing.
 */
export class Vault {
  readonly #database: IDBDatabase;
  readonly #key: CryptoKey;

  private constructor(database: IDBDatabase, key: CryptoKey) {
    this.#database = database;
    this.#key = key;
  }

  /**
   * Opens the vault of that name, made on first use, and tries it once by writing, reading and using. Throws
   * `key-storage-broken` in a browser whose storage refuses, forgets, or gives back a key that cannot be used. It closes
   * by itself when it is deleted elsewhere.
   */
  static async open(name: string): Promise<Vault> {
    let database: IDBDatabase | null = null;
    try {
      database = await openStores(name, ['keys', 'records']);
      const vault = new Vault(database, await keyOf(database));
      if (!(await vault.probe())) throw new AppError('key-storage-broken', 'read something else');
      return vault;
    } catch (cause) {
      database?.close();
      throw new AppError('key-storage-broken', undefined, { cause });
    }
  }

  /** Whether what is written comes back and can be opened. Throws `key-storage-broken` where the storage refuses. */
  async probe(): Promise<boolean> {
    // A name of its own, so that two windows that try at once do not read each other's.
    const name = probePrefix + crypto.randomUUID();
    await this.set({ [name]: name });
    const came = await this.get(name);
    await this.remove([name]);
    return came === name;
  }

  /** The value of that name; undefined where there is none. Throws `key-storage-broken`. */
  async get(name: string): Promise<unknown> {
    const sealed = await stored<Sealed | undefined>(() => resultOf(this.#records('readonly').get(name)));
    return sealed && this.#unseal(name, sealed);
  }

  /** Every value whose name begins with `prefix`. Throws `key-storage-broken`. */
  async entries(prefix: string): Promise<[name: string, value: unknown][]> {
    const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
    const [names, values] = await stored(() => {
      const records = this.#records('readonly');
      return Promise.all([resultOf(records.getAllKeys(range)), resultOf<Sealed[]>(records.getAll(range))]);
    });
    return Promise.all(
      names.map(
        async (name, at) => [String(name), await this.#unseal(String(name), values[at] as Sealed)] as [string, unknown],
      ),
    );
  }

  /** The names that begin with `prefix`, without opening what lies there. Throws `key-storage-broken`. */
  async names(prefix: string): Promise<string[]> {
    const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
    const names = await stored(() => resultOf(this.#records('readonly').getAllKeys(range)));
    return names.map(String);
  }

  /** Whether nothing was ever kept here but what tries the storage, as another window may just do. Throws `key-storage-broken`. */
  async isEmpty(): Promise<boolean> {
    return (await this.names('')).every((name) => name.startsWith(probePrefix));
  }

  /** Writes all of them or none. Throws `key-storage-broken`. */
  async set(values: Record<string, unknown>): Promise<void> {
    const sealed = await Promise.all(Object.entries(values).map(([name, value]) => this.#seal(name, value)));
    await stored(() => {
      const records = this.#records('readwrite');
      for (const [name, value] of sealed) records.put(value, name);
      return written(records.transaction);
    });
  }

  /** Removes all of them or none; one that is not there is removed. Throws `key-storage-broken`. */
  async remove(names: string[]): Promise<void> {
    await stored(() => {
      const records = this.#records('readwrite');
      for (const name of names) records.delete(name);
      return written(records.transaction);
    });
  }

  close(): void {
    this.#database.close();
  }

  #records(mode: IDBTransactionMode): IDBObjectStore {
    return this.#database.transaction('records', mode).objectStore('records');
  }

  async #seal(name: string, value: unknown): Promise<[string, Sealed]> {
    const iv = crypto.getRandomValues(new Uint8Array(ivLength));
    const plain = utf8(JSON.stringify(value));
    return [
      name,
      {
        iv,
        sealed: await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: utf8(name) }, this.#key, plain),
      },
    ];
  }

  async #unseal(name: string, { iv, sealed }: Sealed): Promise<unknown> {
    try {
      const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData: utf8(name) }, this.#key, sealed);
      return json(text(new Uint8Array(plain)));
    } catch (cause) {
      throw new AppError('key-storage-broken', 'a record cannot be opened', { cause });
    }
  }
}

/** What the database gives. Whatever a browser calls its refusal, it has one name here. */
async function stored<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new AppError('key-storage-broken', undefined, { cause });
  }
}

/** The wrapping key; two windows that make it at once end up with the same one. */
async function keyOf(database: IDBDatabase): Promise<CryptoKey> {
  const stored = await resultOf<CryptoKey | undefined>(database.transaction('keys').objectStore('keys').get(place));
  if (stored) return stored;
  const fresh = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const keys = database.transaction('keys', 'readwrite').objectStore('keys');
  const before = await resultOf<CryptoKey | undefined>(keys.get(place));
  if (!before) keys.put(fresh, place);
  await written(keys.transaction);
  return before ?? fresh;
}
