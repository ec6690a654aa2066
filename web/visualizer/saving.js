// A look goes in; its text, and a file of it in the person's downloads, come out.

import { lookFile } from "./command.js";
import { make } from "./elements.js";
import { diff } from "./look.js";

const TAKEN = 10_000; // milliseconds after which a browser has the file

/** What differs from the defaults, as JSON. @param {object} look complete @param {object} schema */
export function lookText(look, schema) {
  return `${JSON.stringify(diff(look, schema), null, 2)}\n`;
}

/**
 * Saves a look under the name that the command for its video calls it by.
 * @param {string} name
 * @param {object} look complete
 * @param {object} schema
 */
export function saveLook(name, look, schema) {
  const blob = new Blob([lookText(look, schema)], { type: "application/json" });
  const link = make("a", { href: URL.createObjectURL(blob), download: lookFile(name) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), TAKEN);
}
