// A response goes in; the beats that its server knows of come out.

/**
 * The target of a Link header's rel="describedby" JSON, absolute; null without one.
 * RFC 8288: `</demo/beats.json>; rel="describedby"; type="application/json"`.
 * @param {string | null} header
 * @param {string} base URL that the target is relative to
 */
export function describedBy(header, base) {
  for (const [, target, rest] of (header ?? "").matchAll(
    /<([^>]*)>((?:\s*;\s*[\w-]+\s*=\s*(?:"[^"]*"|[^\s;,]+))*)/g,
  )) {
    const rel = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,]+))/i.exec(rest);
    const words = (rel?.[1] ?? rel?.[2] ?? "").toLowerCase().split(/\s+/);
    if (words.includes("describedby")) return new URL(target, base).href;
  }
  return null;
}

/**
 * Beats and tempo of a song's response; null where its server has not heard it, or is no longer asked.
 * @param {Response} response
 * @param {AbortSignal} [signal]
 * @returns {Promise<{beats: number[], tempo: number} | null>} beats in seconds, tempo in beats a minute
 */
export async function beatsOf(response, signal) {
  const url = describedBy(response.headers.get("Link"), response.url);
  if (!url || new URL(url).origin !== location.origin) return null;
  try {
    const answer = await fetch(url, { signal });
    return answer.ok ? checked(await answer.json()) : null;
  } catch {
    return null; // without beats the page shows what it has
  }
}

/** Only what can be beats: ascending seconds. null where there are none. */
export function checked({ beats, tempo } = {}) {
  const usable =
    Array.isArray(beats) && beats.every((at, index) => Number.isFinite(at) && at >= (beats[index - 1] ?? 0));
  if (!usable || beats.length === 0) return null;
  return { beats, tempo: Number.isFinite(tempo) && tempo > 0 ? tempo : 0 };
}
