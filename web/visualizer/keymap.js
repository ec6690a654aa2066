// A key that was pressed goes in; the name of what it does comes out. The sheet is made of it too.

/** Every key: groups, and in each what a key does, the keys as written, and what `press` matches. */
export const SHEET = [
  {
    group: "Playing",
    keys: [
      { does: "toggle", keys: ["Space"], press: [" "], words: "Play or pause" },
      { does: "back", keys: ["←"], press: ["ArrowLeft"], words: "5 seconds back" },
      { does: "ahead", keys: ["→"], press: ["ArrowRight"], words: "5 seconds ahead" },
      { does: "step back", keys: ["Shift", "←"], press: ["Shift+ArrowLeft"], words: "One beat back" },
      { does: "step ahead", keys: ["Shift", "→"], press: ["Shift+ArrowRight"], words: "One beat ahead" },
      { does: "start", keys: ["Home"], press: ["Home"], words: "To the beginning" },
      { does: "end", keys: ["End"], press: ["End"], words: "To the end" },
      { does: "louder", keys: ["↑"], press: ["ArrowUp"], words: "Louder" },
      { does: "quieter", keys: ["↓"], press: ["ArrowDown"], words: "Quieter" },
      { does: "mute", keys: ["M"], press: ["m"], words: "Sound off and on" },
      { does: "loop", keys: ["L"], press: ["l"], words: "Loop eight bars from here, or stop looping" },
      { does: "loop from", keys: ["I"], press: ["i"], words: "Loop begins here" },
      { does: "loop to", keys: ["O"], press: ["o"], words: "Loop ends here" },
    ],
  },
  {
    group: "Look",
    keys: [
      { does: "randomise", keys: ["R"], press: ["r"], words: "Surprise me: a random look" },
      { does: "undo", keys: ["Z"], press: ["z", "Control+z", "Meta+z"], words: "Undo" },
      {
        does: "redo",
        keys: ["Shift", "Z"],
        press: ["Shift+z", "Control+Shift+z", "Meta+Shift+z", "Control+y"],
        words: "Redo",
      },
      { does: "compare", keys: ["C"], press: ["c"], words: "Compare with before" },
      { does: "next look", keys: ["."], press: ["."], words: "Next look" },
      { does: "previous look", keys: [","], press: [","], words: "Previous look" },
    ],
  },
  {
    group: "Stage",
    keys: [
      { does: "full screen", keys: ["F"], press: ["f"], words: "Full screen" },
      { does: "autopilot", keys: ["A"], press: ["a"], words: "Looks change by themselves" },
      { does: "aspect", keys: ["V"], press: ["v"], words: "Next shape of video" },
      { does: "open", keys: ["S"], press: ["s"], words: "Choose a song" },
      { does: "make video", keys: ["E"], press: ["e"], words: "Make video" },
      { does: "keys", keys: ["?"], press: ["?"], words: "This sheet" },
    ],
  },
];

const ACTIONS = new Map(
  SHEET.flatMap(({ keys }) => keys.flatMap((one) => one.press.map((press) => [press, one.does]))),
);

/**
 * What a keydown does, or null.
 * @param {{key: string, shiftKey?: boolean, ctrlKey?: boolean, metaKey?: boolean, altKey?: boolean}} event
 * @returns {string | null}
 */
export function actionOf(event) {
  if (event.altKey) return null;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const held = [event.ctrlKey && "Control", event.metaKey && "Meta"].filter(Boolean);
  // Signs such as ? are typed with Shift on some keyboards and without it on others.
  const letter = /^[a-z]$/.test(key) || key.length > 1;
  if (event.shiftKey && letter) held.push("Shift");
  return ACTIONS.get([...held, key].join("+")) ?? null;
}

// Inputs that take letters, and inputs that the space bar presses.
const WRITTEN = new Set(["text", "search", "url", "email", "number", "password", "tel", "date", "time"]);
const PRESSED = new Set(["checkbox", "radio", "button", "submit", "reset", "color", "file"]);
const PRESSED_ROLES = new Set(["button", "switch", "radio", "tab", "option", "menuitem", "checkbox"]);
const TURNED_ROLES = new Set(["slider", "radio", "tab", "option", "listbox", "menuitem", "spinbutton"]);

/**
 * Whether a pressed key belongs to the element that has the focus rather than to the page.
 * A button that was clicked keeps the focus unseen: the space bar is the page's then.
 * @param {{key: string}} event
 * @param {{tag: string, type?: string, role?: string | null, editable?: boolean, seen?: boolean}} focus
 *   seen: whether the focus is shown (:focus-visible)
 */
export function belongsTo({ key }, { tag, type = "text", role = null, editable = false, seen = true }) {
  if (editable || tag === "TEXTAREA" || (tag === "INPUT" && WRITTEN.has(type))) return true;
  if (key.startsWith("Arrow") || ["Home", "End", "PageUp", "PageDown"].includes(key)) {
    return tag === "SELECT" || tag === "INPUT" || TURNED_ROLES.has(role);
  }
  if (tag === "SELECT") return key.length === 1;
  if (key !== " " && key !== "Enter") return false;
  const pressed = ["BUTTON", "A", "SUMMARY"].includes(tag) || PRESSED_ROLES.has(role);
  return seen && (pressed || (tag === "INPUT" && PRESSED.has(type)));
}
