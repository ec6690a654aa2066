/** Names of shapes in, a choice of their pictures out: each drawn from its own mesh, in few lines. */
import { make } from "./elements.js";
import { createMeshes } from "./meshes.js";

const SIDE = 96; // pixels of a picture; half of that is shown, for fine screens
const TURNED = { x: 0.42, y: 0.62 }; // radians: no shape hides its depth from here
const INK = 11; // the more lines, the fainter each

/**
 * @param {import("./fields.js").Control} about with `options`
 * @param {{id: string, name: string, onTurn: Function, onEnd: Function}} wiring
 */
export function pictures(about, { id, name, onTurn, onEnd }) {
  const meshes = createMeshes();
  const said = make("output", { class: "shape-name" });
  const radios = about.options.map(({ value, words }) => {
    const choose = () => {
      onTurn(value);
      onEnd();
    };
    return make("input", { type: "radio", name: id, value, "aria-label": words, onChange: choose });
  });
  const shapes = about.options.map(({ value }) => make("span", { class: "shape-picture", data: { shape: value } }));
  const cards = radios.map((radio, i) => make("label", { class: "shape", title: about.options[i].words }, radio, shapes[i]));
  const group = make("div", { class: "shapes", role: "radiogroup", id, "aria-label": name }, ...cards);
  whenSeen(group, () => shapes.forEach((one) => draw(one, meshes)));

  function show(now) {
    radios.forEach((radio) => (radio.checked = radio.value === now));
    said.textContent = about.options.find(({ value }) => value === now)?.words ?? "";
  }
  return { parts: [said], below: group, show };
}

/** The picture is a mask: its colour is the text's, in any theme. */
async function draw(place, meshes) {
  try {
    const { mesh } = await meshes.mesh({ shape: place.dataset.shape, size: 4, seed: 0 });
    const canvas = make("canvas", { width: SIDE, height: SIDE });
    lines(canvas.getContext("2d"), mesh);
    place.style.maskImage = `url(${canvas.toDataURL()})`;
  } catch (error) {
    console.warn(error); // the name still says which it is
    place.textContent = place.dataset.shape.slice(0, 2);
    place.classList.add("unpictured");
  }
}

function lines(pen, { positions, edges, radius }) {
  const points = projected(positions, radius);
  pen.lineWidth = edges.length < 200 ? 2 : 1.2;
  const ink = Math.min(1, INK / Math.sqrt(edges.length / 2));
  for (let at = 0; at < edges.length; at += 2) {
    const [from, to] = [points[edges[at]], points[edges[at + 1]]];
    pen.globalAlpha = ink * (0.6 + 0.4 * ((from[2] + to[2]) / 2)); // what is far is fainter
    pen.beginPath();
    pen.moveTo(from[0], from[1]);
    pen.lineTo(to[0], to[1]);
    pen.stroke();
  }
}

/** Places on the picture, and nearness -1..1, of each vertex. */
function projected(positions, radius) {
  const [cx, sx, cy, sy] = [Math.cos(TURNED.x), Math.sin(TURNED.x), Math.cos(TURNED.y), Math.sin(TURNED.y)];
  const scale = (0.46 * SIDE) / radius;
  return Array.from({ length: positions.length / 3 }, (_, i) => {
    const [x, y, z] = positions.subarray(3 * i, 3 * i + 3);
    const [across, depth] = [cy * x + sy * z, cy * z - sy * x];
    const [up, near] = [cx * y - sx * depth, sx * y + cx * depth];
    return [SIDE / 2 + scale * across, SIDE / 2 - scale * up, near / radius];
  });
}

function whenSeen(element, call) {
  const watch = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watch.disconnect();
    call();
  });
  watch.observe(element);
}
