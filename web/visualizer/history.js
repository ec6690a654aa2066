/** Undo and redo: values that were, the value that is, values that would be; pure. */

const MOST = 200;

/**
 * @template T
 * @typedef {{past: T[], present: T, future: T[], tag: string | symbol | null}} History
 */

/** @template T @param {T} present @returns {History<T>} */
export function begin(present) {
  return { past: [], present, future: [], tag: null };
}

/**
 * The history after a change. Changes that follow each other with one tag, such as those of a
 * slider while it is dragged, are one step; `seal` ends it.
 *
 * @template T
 * @param {History<T>} history
 * @param {T} present
 * @param {string | symbol | null} [tag]
 * @returns {History<T>}
 */
export function push(history, present, tag = null) {
  if (tag !== null && tag === history.tag) return { ...history, present, future: [] };
  return { past: [...history.past, history.present].slice(-MOST), present, future: [], tag };
}

/** The next change is a step of its own, whatever its tag. */
export function seal(history) {
  return history.tag === null ? history : { ...history, tag: null };
}

export function undo(history) {
  if (!canUndo(history)) return history;
  const { past, present, future } = history;
  return { past: past.slice(0, -1), present: past.at(-1), future: [present, ...future], tag: null };
}

export function redo(history) {
  if (!canRedo(history)) return history;
  const { past, present, future } = history;
  return { past: [...past, present], present: future[0], future: future.slice(1), tag: null };
}

export function canUndo(history) {
  return history.past.length > 0;
}

export function canRedo(history) {
  return history.future.length > 0;
}
