// The picture alone over the whole screen: no controls, no cursor, and the screen stays awake.

const IDLE = 2000; // milliseconds without the pointer's moving, after which it goes

/** Whether the picture fills the screen, or the page where there is no full screen. */
function isFull() {
  return Boolean(document.fullscreenElement) || document.body.classList.contains("filled");
}

/** @param {(full: boolean) => void} listener called when it begins or ends */
export function onFull(listener) {
  document.addEventListener("fullscreenchange", () => listener(isFull()));
  document.body.addEventListener("filled", () => listener(isFull()));
}

/** Telephones that have no full screen get the picture over the whole page. */
export async function toggleFullScreen() {
  const stage = document.getElementById("stage");
  if (isFull()) {
    fill(false);
    if (document.fullscreenElement) await document.exitFullscreen();
  } else if (stage.requestFullscreen) {
    await stage.requestFullscreen({ navigationUI: "hide" }).catch(() => fill(true));
  } else {
    fill(true);
  }
}

function fill(on) {
  if (document.body.classList.contains("filled") === on) return;
  document.body.classList.toggle("filled", on);
  document.body.dispatchEvent(new Event("filled"));
}

/**
 * Hides the cursor and keeps the screen awake while the picture is full; a double click leaves it.
 * Played live, or by the autopilot, the picture takes the screen's own shape and not a video's.
 * @param {{get: Function, on: Function}} state
 */
export function mountFullScreen(state) {
  const stage = document.getElementById("stage");
  let timer = 0;
  let awake = null;

  function stir() {
    clearTimeout(timer);
    stage.classList.remove("idle");
    if (isFull()) timer = setTimeout(() => stage.classList.add("idle"), IDLE);
  }

  async function wake() {
    if (isFull() && !document.hidden) awake ??= await navigator.wakeLock?.request("screen").catch(() => null);
    else if (awake) await awake.release().then(() => (awake = null));
    awake?.addEventListener("release", () => (awake = null), { once: true });
  }

  onFull(() => {
    stir();
    wake();
  });
  state.on(["live", "autopilot"], () => {
    stage.classList.toggle("performing", Boolean(state.get("live") || state.get("autopilot")));
  });
  stage.addEventListener("pointermove", stir);
  stage.addEventListener("dblclick", (event) => !event.target.closest("button") && toggleFullScreen());
  document.addEventListener("visibilitychange", wake);
  document.addEventListener(
    "keydown",
    (event) => event.key === "Escape" && document.body.classList.contains("filled") && toggleFullScreen(),
  );
}
