// A song's file goes in; its SHA-256, by which the server knows it again, comes out.

/**
 * @param {Blob} blob
 * @returns {Promise<string | null>} 64 hexadecimal digits; null where the browser does not compute
 *   them, which it does on pages of https:// and of localhost alone
 */
export async function sha256(blob) {
  if (!globalThis.crypto?.subtle) return null;
  const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
