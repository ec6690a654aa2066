/** Numbers of days as charts need them: stacked, dated, and written short or whole. */

const SIGNS = { USD: "$", EUR: "€", GBP: "£" };

/** Charts of the same name, such as of several currencies, together. */
export function bands(charts) {
  const found = new Map();
  for (const chart of charts) found.set(chart.name, [...(found.get(chart.name) ?? []), chart]);
  return [...found].map(([name, same]) => ({ name, charts: same }));
}

/**
 * What is drawn, in the order in which it is: bars stand on those before them, so that the highest is
 * drawn first and the others over it; lines come last.
 */
export function stacked(all) {
  const told = all.map((series, index) => ({ series, index, values: series.values }));
  const bars = told.filter((one) => one.series.shape === "bars");
  let below = [];
  for (const one of bars) {
    one.values = one.series.values.map((value, day) => (value ?? 0) + (below[day] ?? 0));
    below = one.values;
  }
  return [...bars.reverse(), ...told.filter((one) => one.series.shape === "line")];
}

/** One number for all days: their sum, the most, or the last that is known. */
export function whole(series) {
  const known = series.values.filter((value) => value !== null);
  if (series.whole === "last") return known.at(-1) ?? null;
  if (series.whole === "most") return Math.max(0, ...known);
  return known.reduce((sum, value) => sum + value, 0);
}

/** Where a value stands between two that are not known: no line leads to it. @returns {number[]} days */
export function lonely(values) {
  const known = (day) => values[day] !== null && values[day] !== undefined;
  return values.flatMap((_, day) => (known(day) && !known(day - 1) && !known(day + 1) ? [day] : []));
}

/** A number for an axis: "1.2k". */
export function compact(value) {
  const size = Math.abs(value);
  const digits = size < 0.1 ? 3 : size < 1 ? 2 : 1; // or steps of 0.05 would read "0.1 0.1 0"
  return new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: digits }).format(value);
}

/** A number with its unit, for people; a dash for what is not known. */
export function exact(value, unit) {
  if (value === null || value === undefined) return "–";
  const money = unit in SIGNS || /^[A-Z]{3}$/.test(unit);
  const fine = Math.abs(value) < 1 ? 2 : 1; // or what is little would be nothing
  const digits = money ? 2 : Number.isInteger(value) || value >= 100 ? 0 : fine;
  const text = new Intl.NumberFormat("en", {
    minimumFractionDigits: money ? 2 : 0,
    maximumFractionDigits: digits,
  }).format(value);
  if (unit in SIGNS) return SIGNS[unit] + text;
  return unit ? `${text} ${unit}` : text;
}

/** Seconds since 1970 as a day in UTC: "26 Nov", or with its weekday. */
export function dated(moment, whole = false) {
  const about = { day: "numeric", month: "short", timeZone: "UTC", ...(whole ? { weekday: "short" } : {}) };
  return new Intl.DateTimeFormat("en-GB", about).format(new Date(moment * 1000));
}
