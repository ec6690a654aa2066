// A listener goes in; it is called whenever a pixel of the page has become more or fewer of the screen's.

/**
 * A window that is moved to another screen, or a page that is zoomed, keeps its size and looks blurred.
 * @param {() => void} listener
 */
export function onPixelRatio(listener) {
  const now = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
  now.addEventListener("change", () => (listener(), onPixelRatio(listener)), { once: true });
}
