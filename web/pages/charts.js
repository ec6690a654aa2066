/** The dashboard's charts: what the server counted of each day, drawn with uPlot. */
import uPlot from "./uplot.js";
import { bands, compact, dated, exact, lonely, stacked, whole } from "./figures.js";

const HEIGHT = 200;
const DAYS = [1, 2, 3, 5, 7, 14, 30, 61, 91, 183, 365].map((days) => days * 86_400); // between two dates
const place = document.getElementById("charts");
const drawn = new Map(); // each section's way to draw itself anew

/** The colour that a name of the style sheet stands for now: a canvas knows no names. */
function ink(name) {
  place.style.color = `var(${name})`;
  const found = getComputedStyle(place).color;
  place.style.color = "";
  return found;
}

/** The colour of a series: its meaning's, or the next of the palette. */
function colour(series, index) {
  const known = { Done: "--good", Failed: "--danger", Cancelled: "--faint", Ordered: "--text" };
  return ink(known[series.name] ?? `--series-${(index % 6) + 1}`);
}

function legend(list, chart, at) {
  list.replaceChildren(
    ...chart.series.map((series, index) => {
      const item = document.createElement("li");
      const mark = document.createElement("span");
      mark.className = series.shape === "line" ? "mark mark-line" : "mark";
      mark.style.background = colour(series, index);
      const name = document.createElement("span");
      name.textContent = series.name;
      const value = document.createElement("strong");
      value.textContent = exact(at === null ? whole(series) : series.values[at], chart.unit);
      item.append(mark, name, value);
      return item;
    }),
  );
}

function options(chart, days, width, told) {
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const axis = { stroke: ink("--quiet"), font, ticks: { show: false }, grid: { stroke: ink("--line"), width: 1 } };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    scales: {
      x: { time: true, range: (_, low, high) => [low - 43_200, high + 43_200] },
      y: { range: (_, low, high) => [0, high > 0 ? high * 1.12 : 1] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 30,
        space: 72,
        incrs: DAYS, // never half a day, which would name a day twice
        values: (_, moments) => moments.map((moment) => dated(moment)),
      },
      { ...axis, size: 44, space: 36, values: (_, values) => values.map((value) => compact(value)) },
    ],
    series: [{}, ...told.map((one) => shape(one, days.length))],
    hooks: { setCursor: [(plot) => plot.told?.(plot.cursor.idx ?? null)] },
  };
}

function shape(one, count) {
  const stroke = colour(one.series, one.index);
  if (one.series.shape === "line") {
    const filter = (plot, index) => lonely(plot.data[index]);
    return { stroke, width: 2, spanGaps: false, points: { show: true, size: 6, fill: stroke, filter } };
  }
  const paths = uPlot.paths.bars({ size: [0.72, 36], radius: count > 120 ? 0 : 0.12 });
  return { fill: stroke, stroke, width: 0, paths, points: { show: false } };
}

function draw(section, chart, days) {
  const [list, plot] = [section.querySelector(".legend"), section.querySelector(".plot")];
  section.plot?.destroy();
  section.plot = null;
  plot.replaceChildren();
  if (chart.series.every((series) => series.values.every((value) => !value))) {
    list.replaceChildren();
    plot.append(Object.assign(document.createElement("p"), { className: "plot-empty", textContent: "Nothing yet in these days." }));
    return;
  }
  const told = stacked(chart.series);
  const data = [days.map((day) => Date.parse(day) / 1000), ...told.map((one) => one.values)];
  const made = new uPlot(options(chart, days, plot.clientWidth, told), data, plot);
  made.told = (at) => {
    legend(list, chart, at);
    section.querySelector("h2").dataset.day = at === null ? "" : dated(data[0][at], true);
  };
  made.told(null);
  section.plot = made;
}

/** Where a chart of this unit stands: beside the one of another currency, if that has its place. */
function sectionOf(section, unit) {
  const { chart } = section.dataset;
  const same = [...place.querySelectorAll(`[data-chart="${chart}"]`)];
  const own = same.find((one) => one.dataset.unit === unit) ?? same.find((one) => one.dataset.unit === undefined);
  const found = own ?? section.cloneNode(true);
  if (!own) section.after(found);
  found.dataset.unit = unit;
  return found;
}

function mount(told) {
  for (const group of bands(told.charts)) {
    let section = place.querySelector(`[data-chart="${group.name}"]`);
    for (const chart of group.charts) {
      section = sectionOf(section, chart.unit);
      if (group.charts.length > 1) section.querySelector("h2").textContent = `${chart.title} in ${chart.unit}`;
      const self = section;
      drawn.set(self, () => draw(self, chart, told.days));
    }
  }
  for (const again of drawn.values()) again();
  place.removeAttribute("aria-busy");
  place.dataset.ready = "";
}

const all = () => {
  for (const again of drawn.values()) again();
};
new ResizeObserver(() => {
  for (const section of drawn.keys()) {
    const width = section.querySelector(".plot").clientWidth;
    if (section.plot && section.plot.width !== width) section.plot.setSize({ width, height: HEIGHT });
  }
}).observe(place);
new MutationObserver(all).observe(document.documentElement, { attributeFilter: ["data-theme"] });

const ask = () => fetch(place.dataset.from, { headers: { Accept: "application/json" } }).catch(() => null);
document.addEventListener("fresh", async () => {
  const answer = await ask();
  if (answer?.ok) mount(await answer.json());
});

const answer = await ask();
if (answer?.ok) mount(await answer.json());
else {
  place.removeAttribute("aria-busy");
  place.textContent = "The figures cannot be had just now: load the page again.";
}
