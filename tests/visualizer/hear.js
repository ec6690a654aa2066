// node hear.js SAMPLES OPTIONS: prints the bands of mono float32 samples at 44.1 kHz, as JSON.

import { readFileSync } from "node:fs";

import { hear, listen } from "../../web/visualizer/bands.js";

const [, , path, options] = process.argv;
const bytes = readFileSync(path);
const samples = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
const bands = listen(hear(samples), JSON.parse(options));
console.log(JSON.stringify(bands, (_, value) => (ArrayBuffer.isView(value) ? [...value] : value)));
