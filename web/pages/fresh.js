/**
 * Parts of a page that are as things are now: fetched anew every half minute, while somebody looks.
 *
 * A part that somebody is in, by the keyboard, a selection or an open form, is left as it is.
 */

const EVERY = 30_000; // milliseconds
let last = Date.now();

function busy(part) {
  const selected = getSelection();
  return (
    part.contains(document.activeElement) ||
    part.querySelector("details[open]") !== null ||
    (!selected.isCollapsed && selected.containsNode(part, true))
  );
}

async function refresh() {
  last = Date.now();
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok || answer.redirected) return; // the next click tells why
  const now = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-fresh]")) {
    const next = now.querySelector(`[data-fresh="${part.dataset.fresh}"]`);
    if (next && !busy(part) && !part.isEqualNode(next)) part.replaceWith(next);
  }
  document.dispatchEvent(new Event("fresh"));
}

const look = () => {
  if (!document.hidden && Date.now() - last >= EVERY) refresh();
};
setInterval(look, 1000);
document.addEventListener("visibilitychange", look);
