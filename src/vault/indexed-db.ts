/** Opens the database of that name with these stores, made on first use. It closes by itself when it is deleted elsewhere. */
export async function openStores(name: string, stores: readonly string[]): Promise<IDBDatabase> {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => {
    for (const store of stores) opening.result.createObjectStore(store);
  };
  const database = await resultOf(opening);
  // Who deletes it waits for all that have it open.
  database.onversionchange = () => database.close();
  return database;
}

/** What a request comes to. Rejects with the browser's refusal. */
export function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Resolves once all that a transaction writes is written; rejects when nothing of it is. */
export function written(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}
