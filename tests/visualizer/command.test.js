import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";

import { lines, lookFile, quoted, videoName, words } from "../../web/visualizer/command.js";

const ORDER = {
  song: "song.wav",
  look: "neon-knot",
  width: 1920,
  height: 1080,
  fps: "30",
  format: "h264",
  quality: "standard",
};

test("a plain order is a plain command", () => {
  const said = lines(ORDER).join(" ");

  assert.equal(said, "oriel render song.wav --look neon-knot --size 1920x1080 --fps 30 --out song.mp4");
});

test("a part, a codec and a quality are said when they are not the usual ones", () => {
  const said = lines({ ...ORDER, start: 12.5, end: 20, format: "vp9", quality: "high" }).join(" ");

  assert.match(said, / --start 12.5 --end 20 --codec vp9 --quality high --out song.webm$/);
});

test("a real shell gives every name back as it was", () => {
  const names = [
    'it\'s "loud".mp3',
    "$HOME `ls` \\ !.wav",
    "a\nb\tc.mp3",
    "*?[x]~#&;|<>(){}.mp3",
    "Ænima – ä.flac",
    "-rf.mp3",
    "",
    "=x",
    "~root",
  ];

  const heard = execFileSync("sh", ["-c", `printf '%s\\0' ${names.map(quoted).join(" ")}`])
    .toString()
    .split("\0");

  assert.deepEqual(heard.slice(0, -1), names);
});

test("a name that begins with a dash is no option", () => {
  const said = words({ ...ORDER, song: "-o.mp3" });

  assert.equal(said[2], "./-o.mp3");
  assert.equal(said.at(-1), "./-o.mp4");
});

test("the video never has the song's own name", () => {
  const song = "clip.mp4";

  assert.notEqual(videoName({ ...ORDER, song }), song);
});

test("upright and square videos are named so", () => {
  assert.equal(videoName({ ...ORDER, width: 1080, height: 1920 }), "song-vertical.mp4");
  assert.equal(videoName({ ...ORDER, width: 1080, height: 1080 }), "song-square.mp4");
});

test("a look's file has a name for a file system", () => {
  assert.deepEqual(
    [lookFile("My Look!"), lookFile("neon-knot"), lookFile(null), lookFile("../..")],
    ["my-look.json", "neon-knot-look.json", "my-look.json", "my-look.json"],
  );
});
