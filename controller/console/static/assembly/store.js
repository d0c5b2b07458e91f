// What this device keeps: keys that can not be taken out, sealed parts, its own marks. Never a name that can be read.
//
// `keep`: single values by name; `periods`: key pairs by start of period; `parts`: sealed parts; `acts`: marks, sealed.

const NAME = "sacs-assembly";
let opening = null;

function request(asked) {
  return new Promise((done, failed) => {
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
}

function database() {
  opening ??= new Promise((done, failed) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      for (const name of ["keep", "periods", "parts", "acts"]) asked.result.createObjectStore(name);
    };
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
  return opening;
}

async function inStore(name, mode, act) {
  const transaction = (await database()).transaction(name, mode, { durability: "strict" });
  const store = transaction.objectStore(name);
  const ended = new Promise((done, failed) => {
    transaction.oncomplete = done;
    transaction.onerror = transaction.onabort = () => failed(transaction.error);
  });
  const result = await act(store);
  await ended;
  return result;
}

export const get = (name, key) => inStore(name, "readonly", (store) => request(store.get(key)));
export const put = (name, key, value) => inStore(name, "readwrite", (store) => request(store.put(value, key)));
export const remove = (name, key) => inStore(name, "readwrite", (store) => request(store.delete(key)));
export const clear = (name) => inStore(name, "readwrite", (store) => request(store.clear()));

/** Return everything of a store as [key, value]. */
export const all = (name) =>
  inStore(name, "readonly", async (store) => {
    const [found, values] = await Promise.all([request(store.getAllKeys()), request(store.getAll())]);
    return found.map((key, at) => [key, values[at]]);
  });

/** Put many and remove many at once. */
export const change = (name, put, gone) =>
  inStore(name, "readwrite", async (store) => {
    await Promise.all([...gone.map((key) => request(store.delete(key))), ...put.map(([key, value]) => request(store.put(value, key)))]);
  });
