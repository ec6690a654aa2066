// State's song goes in; its waveform is drawn, and what is pointed at or typed there moves the song.

import { make } from "./elements.js";
import { clamp, loopOf } from "./loops.js";
import { columnsOf, loudest } from "./peaks.js";
import { onPixelRatio } from "./pixels.js";
import { BEATS_A_BAR } from "./schedule.js";
import { JUMP, nextBeat, snapped } from "./steps.js";
import { clock, exact, spoken } from "./times.js";

const CLOSEST = 5; // device pixels between two ticks, or they are a grey stripe

/**
 * @param {HTMLElement} place
 * @param {{get: Function, set: Function, on: Function}} state
 * @param {{player: {seek: Function, play: Function, pause: Function, position: () => number}}} context
 */
export function mountWaveform(place, state, { player }) {
  const rest = make("canvas", { class: "wave-rest" });
  const played = make("canvas", { class: "wave-played" });
  const head = make("div", { class: "wave-head" });
  const hint = make("div", { class: "wave-hint", hidden: true });
  const region = make("div", { class: "wave-loop", hidden: true });
  const ends = [0, 1].map((index) => loopEnd(index));
  region.append(...ends);
  const slider = make(
    "div",
    {
      class: "wave-slider",
      tabIndex: 0,
      role: "slider",
      aria: { label: "Position in the song", valuemin: "0" },
    },
    rest,
    played,
    head,
  );
  const ruler = make("div", { class: "wave-ruler", title: "Drag here to loop a part" });
  const wave = make("div", { class: "wave" }, slider, ruler, region, hint);
  place.append(wave);

  const length = () => state.get("song")?.seconds ?? 0;
  const timeAt = (event) => {
    const box = wave.getBoundingClientRect();
    return clamp((event.clientX - box.left) / box.width, 0, 1) * length();
  };
  const share = (seconds) => (length() ? clamp(seconds / length(), 0, 1) : 0);

  function draw() {
    const song = state.get("song");
    wave.classList.toggle("wave-empty", !song);
    slider.setAttribute("aria-disabled", String(!song));
    if (!song) ends.forEach((end) => (end.hidden = true));
    const width = Math.round(wave.clientWidth * devicePixelRatio);
    const height = Math.round(slider.clientHeight * devicePixelRatio);
    if (width === 0 || height === 0) return;
    for (const canvas of [rest, played]) {
      canvas.width = width;
      canvas.height = height;
      const ink = canvas.getContext("2d");
      ink.fillStyle = getComputedStyle(canvas).color;
      if (!song) ink.fillRect(0, height >> 1, width, 1);
      else drawPeaks(ink, song, width, height);
    }
    const ink = rest.getContext("2d");
    const rhythm = state.get("rhythm");
    if (song && rhythm) drawBeats(ink, { ...song, ...rhythm }, width, height, getComputedStyle(ruler).color);
  }

  function follow() {
    const at = state.get("position");
    const percent = 100 * share(at);
    head.style.insetInlineStart = `${percent}%`;
    played.style.clipPath = `inset(0 ${100 - percent}% 0 0)`;
    const whole = exact(Math.round(at));
    if (slider.getAttribute("aria-valuenow") === whole) return;
    slider.setAttribute("aria-valuenow", whole);
    slider.setAttribute("aria-valuetext", `${spoken(at)} of ${spoken(length())}`);
  }

  function showLoop(loop = state.get("loop")) {
    region.hidden = !loop;
    if (!loop) return;
    region.style.insetInlineStart = `${100 * share(loop[0])}%`;
    region.style.inlineSize = `${100 * (share(loop[1]) - share(loop[0]))}%`;
    ends.forEach((end, index) => {
      end.hidden = false;
      end.setAttribute("aria-valuenow", exact(Math.round(10 * loop[index]) / 10));
      end.setAttribute("aria-valuemax", exact(length()));
      end.setAttribute("aria-valuetext", clock(loop[index], true));
    });
  }

  // Scrubbing: the sound rests while the picture follows the pointer, then goes on from there.
  let resume = false;
  dragged(slider, {
    begin(event) {
      if (!state.get("song")) return false;
      resume = state.get("playing");
      if (resume) player.pause();
      player.seek(timeAt(event));
      return true;
    },
    move: (event) => player.seek(timeAt(event)),
    end: () => resume && player.play(),
  });

  // A drag along the ruler draws a loop; a click there takes it away.
  let [from, drawn] = [0, null];
  dragged(ruler, {
    begin(event) {
      from = magnetic(event);
      drawn = null;
      return Boolean(state.get("song"));
    },
    move: (event) => showLoop((drawn = loopOf(from, magnetic(event), length()))),
    end: () => state.set({ loop: drawn }),
  });

  function loopEnd(index) {
    const end = make("div", {
      class: `wave-end wave-end-${index}`,
      tabIndex: 0,
      role: "slider",
      aria: { label: index ? "Loop ends at" : "Loop begins at", valuemin: "0" },
      onKeydown: (event) => {
        const to = stepped(event, state.get("loop")[index], 0.1);
        if (to !== null) moveEnd(index, to, true);
      },
    });
    dragged(end, {
      begin() {
        drawn = null;
        return true;
      },
      move: (event) => moveEnd(index, magnetic(event), false),
      end: () => drawn && state.set({ loop: drawn }),
    });
    return end;
  }

  function moveEnd(index, to, keep) {
    const loop = loopOf(to, state.get("loop")[1 - index], length());
    if (!loop) return;
    drawn = loop;
    if (keep) state.set({ loop });
    else showLoop(loop);
  }

  /** The time under the pointer, drawn to a beat within 6 pixels. */
  function magnetic(event) {
    return snapped(state.get("rhythm")?.beats, timeAt(event), (6 * length()) / wave.clientWidth);
  }

  function stepped(event, at, small) {
    const beats = state.get("rhythm")?.beats;
    const sides = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -3, PageUp: 3 };
    const by = sides[event.key];
    if (event.key !== "Home" && event.key !== "End" && !by) return null;
    event.preventDefault();
    event.stopPropagation();
    if (!by) return event.key === "Home" ? 0 : length();
    return event.shiftKey ? nextBeat(beats, at, Math.sign(by)) : at + by * small;
  }

  slider.addEventListener("keydown", (event) => {
    if (!state.get("song")) return;
    const to = stepped(event, player.position(), JUMP);
    if (to !== null) player.seek(to);
  });

  wave.addEventListener("pointermove", (event) => {
    hint.hidden = !state.get("song") || event.pointerType === "touch";
    hint.textContent = clock(timeAt(event), true);
    hint.style.insetInlineStart = `${100 * share(timeAt(event))}%`;
  });
  wave.addEventListener("pointerleave", () => (hint.hidden = true));

  state.on("song", () => {
    slider.setAttribute("aria-valuemax", exact(Math.round(length())));
    slider.removeAttribute("aria-valuenow");
    draw();
    follow();
  });
  state.on("rhythm", draw);
  state.on("position", follow);
  state.on("loop", () => showLoop());
  new ResizeObserver(draw).observe(wave);
  onPixelRatio(draw);
  new MutationObserver(draw).observe(document.documentElement, { attributes: true });
  slider.setAttribute("aria-valuemax", "0");
  follow();
}

function drawPeaks(ink, song, width, height) {
  const found = columnsOf(song.peaks, width);
  const most = loudest(found);
  const middle = height / 2;
  const reach = middle * 0.86;
  for (let column = 0; column < width; column++) {
    const top = Math.round(middle - (found[2 * column + 1] / most) * reach);
    const bottom = Math.round(middle - (found[2 * column] / most) * reach);
    ink.fillRect(column, top, 1, Math.max(1, bottom - top));
  }
}

function drawBeats(ink, { beats, seconds, downbeat = 0 }, width, height, colour) {
  const apart = beats.length > 1 ? ((beats.at(-1) - beats[0]) / (beats.length - 1) / seconds) * width : width;
  ink.fillStyle = colour;
  const line = Math.max(1, Math.round(devicePixelRatio));
  beats.forEach((beat, index) => {
    const bar = (index - downbeat) % BEATS_A_BAR === 0;
    if (apart * (bar ? BEATS_A_BAR : 1) < CLOSEST * devicePixelRatio) return;
    const tall = Math.round((bar ? 7 : 3.5) * devicePixelRatio);
    ink.fillRect(Math.round((beat / seconds) * width), height - tall, line, tall);
  });
}

/** Pointer drags on an element, captured so that they may leave it. */
function dragged(element, { begin, move, end }) {
  let active = null;
  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || active !== null || !begin(event)) return;
    active = event.pointerId;
    element.setPointerCapture(active);
    element.focus?.({ preventScroll: true });
    event.preventDefault();
    event.stopPropagation();
  });
  element.addEventListener("pointermove", (event) => event.pointerId === active && move(event));
  for (const over of ["pointerup", "pointercancel"]) {
    element.addEventListener(over, (event) => {
      if (event.pointerId !== active) return;
      active = null;
      end(event);
    });
  }
}
