// A song's file goes in; the same file, in this browser after the page was left and came back, out.

const NAME = "oriel";
const STORE = "songs";
const KEY = "ordered"; // there is one: the song of the order that is under way

/** Keeps the song of an order; false where the browser keeps nothing. @param {File} file */
export async function keepSong(file) {
  return inStore("readwrite", (songs) => songs.put(file, KEY)).then(
    () => true,
    () => false,
  );
}

/** @returns {Promise<File | null>} */
export async function keptSong() {
  return inStore("readonly", (songs) => songs.get(KEY)).then(
    (file) => file ?? null,
    () => null,
  );
}

export async function forgetSong() {
  await inStore("readwrite", (songs) => songs.delete(KEY)).catch(() => {});
}

async function inStore(mode, ask) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const work = database.transaction(STORE, mode);
      const asked = ask(work.objectStore(STORE));
      work.oncomplete = () => resolve(asked.result);
      work.onabort = work.onerror = () => reject(work.error ?? asked.error);
    });
  } finally {
    database.close();
  }
}

function opened() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}
