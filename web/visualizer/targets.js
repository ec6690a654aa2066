// Sizes in, textures that can be drawn on out.
import {
  HalfFloatType,
  LinearFilter,
  NoColorSpace,
  RedFormat,
  RGBAFormat,
  UnsignedByteType,
  WebGLRenderTarget,
} from "three";

const SHAPES = {
  ink: { format: RedFormat, type: UnsignedByteType },
  light: { format: RedFormat, type: HalfFloatType },
  picture: { format: RGBAFormat, type: UnsignedByteType },
};

/**
 * @param {[number, number]} size texels
 * @param {"ink" | "light" | "picture"} kind one channel of 8 bit, or of half floats; or 8-bit sRGB
 * @param {boolean} [depth] with a depth buffer
 * @returns {WebGLRenderTarget} smooth between its texels, its edges repeated; dispose of it
 */
export function target(size, kind, depth = false) {
  return new WebGLRenderTarget(size[0], size[1], {
    ...SHAPES[kind],
    colorSpace: NoColorSpace,
    minFilter: LinearFilter,
    magFilter: LinearFilter,
    generateMipmaps: false,
    depthBuffer: depth,
    stencilBuffer: false,
  });
}
