import { type IDBPDatabase, openDB } from 'idb';
import { text, utf8 } from '../core/bytes.ts';
import { AppError } from '../core/errors.ts';
import { json } from '../core/parse.ts';

const ivLength = 12;
const probePrefix = 'probe:';

interface Sealed {
  iv: Uint8Array<ArrayBuffer>;
  sealed: ArrayBuffer;
}

/**
 * Secrets at rest: JSON values in IndexedDB, each sealed with AES-256-GCM under a key of WebCrypto that no script can
 * take out of this browser, its own name as associated data. `set` writes all or nothing.
 */
export class Vault {
  readonly #database: IDBPDatabase;
  readonly #key: CryptoKey;

  private constructor(database: IDBPDatabase, key: CryptoKey) {
    this.#database = database;
    this.#key = key;
  }

  /**
   * Opens the vault of that name, made on first use, and tries it once by writing, reading and using. Throws
   * `key-storage-broken` in a browser whose storage refuses, forgets, or gives back a key that cannot be used. It closes
   * by itself when it is deleted elsewhere.
   */
  static async open(name: string): Promise<Vault> {
    let database: IDBPDatabase | null = null;
    try {
      database = await openDB(name, 1, {
        upgrade(fresh) {
          fresh.createObjectStore('keys');
          fresh.createObjectStore('records');
        },
        // Who deletes it waits for all that have it open.
        blocking: (_before, _after, { target }) => (target as IDBDatabase).close(),
      });
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
    const sealed = await stored<Sealed | undefined>(() => this.#database.get('records', name));
    return sealed && this.#unseal(name, sealed);
  }

  /** Every value whose name begins with `prefix`. Throws `key-storage-broken`. */
  async entries(prefix: string): Promise<[name: string, value: unknown][]> {
    const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
    const [names, values] = await stored(() => {
      const { store } = this.#database.transaction('records');
      return Promise.all([store.getAllKeys(range), store.getAll(range)]);
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
    const names = await stored(() => this.#database.getAllKeys('records', range));
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
      const { store, done } = this.#database.transaction('records', 'readwrite');
      return Promise.all([...sealed.map(([name, value]) => store.put(value, name)), done]);
    });
  }

  /** Removes all of them or none; one that is not there is removed. Throws `key-storage-broken`. */
  async remove(names: string[]): Promise<void> {
    await stored(() => {
      const { store, done } = this.#database.transaction('records', 'readwrite');
      return Promise.all([...names.map((name) => store.delete(name)), done]);
    });
  }

  close(): void {
    this.#database.close();
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
async function keyOf(database: IDBPDatabase): Promise<CryptoKey> {
  const stored = (await database.get('keys', 'wrapping')) as CryptoKey | undefined;
  if (stored) return stored;
  const fresh = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const transaction = database.transaction('keys', 'readwrite');
  const before = (await transaction.store.get('wrapping')) as CryptoKey | undefined;
  if (!before) await transaction.store.put(fresh, 'wrapping');
  await transaction.done;
  return before ?? fresh;
}
