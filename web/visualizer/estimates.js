// A video's size, rate, length and format go in; how long it takes and how large it gets come out.
//
// time  = start + song / hearing + frames × (drawing × effects + encoding)
// bytes = (picture's bits a second + sound's bits a second) × seconds / 8
//
// drawing and encoding are proportional to the picture's pixels. The picture's bits a second are
// those measured at 1920×1080 and 30 frames a second, times (pixels / those)^0.9 × (fps / 30)^0.56:
// the demo song in neon-knot took 2.0, 7.7, 15.8 and 25.1 Mbit/s at 360p to 1440p, and 6.8, 7.7 and
// 11.4 at 24, 30 and 60 frames a second. Looks differ: ten of them took from 3.3 (default) to 19.6
// (noir, with grain) at 720p, where this says 5.8. All figures are of two processor cores without a graphics
// card, measured: README.md ("How fast") and docs/video.md.

const PIXELS = 1920 * 1080;

const START_SECONDS = 1.2; // start to first frame
const HEARING = 570; // songs' seconds heard in one, beat included
const FRAMES_A_SECOND = 41.5; // torus knot with glow, 1080p, H.264, the whole program
const ALL_EFFECTS = 0.57; // what eight effects add to that
const CORES = 2;

// Processor milliseconds that encoding a 1080p frame takes, and megabits a second at 30 frames.
const ENCODING = { h264: 10.9, hevc: 73, av1: 37, vp9: 21, prores: 155 };
const MEGABITS = { h264: 12.1, hevc: 8.9, av1: 11.2, vp9: 11.3, prores: 141 };
const QUALITY = {
  draft: { time: 7.9 / 10.9, size: 6.5 / 12.1 },
  standard: { time: 1, size: 1 },
  high: { time: 14.4 / 10.9, size: 21.6 / 12.1 },
};
const PRORES_SIZE = { draft: 0.7, standard: 1, high: 1.5 }; // its profiles: lt, 422, hq

/**
 * @param {{width: number, height: number, fps: number, seconds: number, song: number,
 *   format: string, quality: string, effects?: number, sound?: number}} order
 *   seconds of the video, `song` seconds of the whole song, effects in use, sound in kbit/s
 * @returns {{frames: number, seconds: number, bytes: number}}
 */
export function estimate(order) {
  const frames = Math.ceil(order.seconds * order.fps - 1e-6);
  const share = (order.width * order.height) / PIXELS;
  return {
    frames,
    seconds: START_SECONDS + order.song / HEARING + frames * share * frameSeconds(order),
    bytes: (1e6 * megabits(order, share) + 1e3 * (order.sound ?? 192)) * (order.seconds / 8),
  };
}

function frameSeconds({ format, quality, effects = 0 }) {
  const encoding = (ENCODING.h264 / CORES) * 1e-3;
  const drawing = 1 / FRAMES_A_SECOND - encoding;
  const wanted = ((ENCODING[format] * QUALITY[quality].time) / CORES) * 1e-3;
  return drawing * (1 + (ALL_EFFECTS * effects) / 8) + wanted;
}

function megabits({ format, quality, fps }, share) {
  if (format === "prores") return MEGABITS.prores * PRORES_SIZE[quality] * share * (fps / 30);
  return MEGABITS[format] * QUALITY[quality].size * share ** 0.9 * (fps / 30) ** 0.56;
}

/** "640 kB", "45 MB", "1.2 GB": two figures, for it is an estimate. @param {number} bytes */
export function fileSize(bytes) {
  const units = ["kB", "MB", "GB"];
  const power = Math.min(Math.max(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 1), 3);
  const value = Number((bytes / 1000 ** power).toPrecision(2));
  return value >= 1000 && power < 3 ? `1 ${units[power]}` : `${value} ${units[power - 1]}`;
}
