// An aspect goes in; the sizes of video that are usual for it, and their names, come out.

/** Aspects: how they are written, what they are for, width over height, and sizes in pixels. */
export const ASPECTS = [
  {
    key: "16:9",
    about: "YouTube, television",
    ratio: 16 / 9,
    sizes: [
      [1280, 720],
      [1920, 1080],
      [2560, 1440],
      [3840, 2160],
    ],
  },
  {
    key: "9:16",
    about: "Reels, Shorts, TikTok",
    ratio: 9 / 16,
    sizes: [
      [720, 1280],
      [1080, 1920],
      [1440, 2560],
      [2160, 3840],
    ],
  },
  {
    key: "1:1",
    about: "Square posts",
    ratio: 1,
    sizes: [
      [720, 720],
      [1080, 1080],
      [1440, 1440],
      [2160, 2160],
    ],
  },
  {
    key: "4:5",
    about: "Instagram posts",
    ratio: 4 / 5,
    sizes: [
      [576, 720],
      [864, 1080],
      [1080, 1350],
      [1728, 2160],
    ],
  },
  {
    key: "21:9",
    about: "Cinema",
    ratio: 64 / 27,
    sizes: [
      [1280, 540],
      [1720, 726],
      [2560, 1080],
      [3440, 1452],
      [5120, 2160],
    ],
  },
];

/** @param {string} key @returns {typeof ASPECTS[number]} */
export function aspectOf(key) {
  return ASPECTS.find((aspect) => aspect.key === key) ?? ASPECTS[0];
}

/** "Full HD", "4K" and so on; "" for what is not 16:9 or 9:16. @param {[number, number]} size */
export function sizeName([width, height]) {
  const [long, short] = [Math.max(width, height), Math.min(width, height)];
  const named = { 720: "HD", 1080: "Full HD", 1440: "QHD", 2160: "4K" };
  return long * 9 === short * 16 ? (named[short] ?? "") : "";
}

/** The size that most people want of an aspect: Full HD, or what is as high. @returns {[number, number]} */
export function usualSize({ sizes }) {
  return sizes.find(([width, height]) => Math.min(width, height) >= 1080) ?? sizes.at(-1);
}

/**
 * Of some sizes the one that is nearest to the height of another.
 * @param {[number, number][]} sizes @param {[number, number]} wanted
 */
export function nearestSize(sizes, [width, height]) {
  const short = Math.min(width, height);
  const away = (size) => Math.abs(Math.min(...size) - short);
  return sizes.reduce((best, one) => (away(one) < away(best) ? one : best));
}
