// Seconds go in; what a person reads, hears read out, or types for them comes out.

/**
 * "0:07", "3:25", "1:02:03"; with tenths "0:07.4". Below zero counts as zero.
 * @param {number} seconds
 * @param {boolean} [tenths]
 */
export function clock(seconds, tenths = false) {
  const step = tenths ? 10 : 1;
  const whole = Math.floor(Math.max(0, seconds || 0) * step + 1e-6);
  const total = Math.floor(whole / step);
  const [hours, minutes, rest] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const tail = String(rest).padStart(2, "0") + (tenths ? `.${whole % 10}` : "");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/** How long something lasts, to the nearest second, as the other pages tell it. @param {number} seconds */
export function duration(seconds) {
  return clock(Math.round(seconds || 0));
}

/** "1 minute 5 seconds", for a screen reader. @param {number} seconds */
export function spoken(seconds) {
  const total = Math.round(Math.max(0, seconds || 0));
  const parts = [
    [Math.floor(total / 3600), "hour"],
    [Math.floor(total / 60) % 60, "minute"],
    [total % 60, "second"],
  ];
  const said = parts
    .filter(([count]) => count)
    .map(([count, unit]) => `${count} ${unit}${count === 1 ? "" : "s"}`);
  return said.join(" ") || "0 seconds";
}

/** "a few seconds", "about 40 seconds", "about 3 minutes", "about 2 hours". @param {number} seconds */
export function roughly(seconds) {
  if (seconds < 8) return "a few seconds";
  if (seconds < 55) return `about ${Math.max(10, Math.round(seconds / 10) * 10)} seconds`;
  if (seconds < 3300) return plural(Math.max(1, Math.round(seconds / 60)), "minute");
  return plural(Math.max(1, Math.round(seconds / 3600)), "hour");
}

function plural(count, unit) {
  return `about ${count} ${unit}${count === 1 ? "" : "s"}`;
}

/**
 * Seconds of "90", "1:30" or "1:02:03.5", as the shell command reads them; null for anything else.
 * @param {string} text
 * @returns {number | null}
 */
export function readTime(text) {
  const found = /^(?:(\d{1,4}):(?=\d+:))?(?:(\d{1,6}):)?(\d{1,9}(?:\.\d+)?)$/.exec(text.trim());
  if (!found) return null;
  return 3600 * Number(found[1] ?? 0) + 60 * Number(found[2] ?? 0) + Number(found[3]);
}

/** Seconds to a thousandth without needless noughts: 12.5, 7, 0.125. @param {number} seconds */
export function exact(seconds) {
  return String(Math.round(Math.max(0, seconds) * 1000) / 1000);
}
