"""Sizes in, textures that can be drawn on out."""

from dataclasses import dataclass

import moderngl


@dataclass(frozen=True)
class Target:
    """One or more textures of one size and the framebuffer that draws on them."""

    textures: tuple[moderngl.Texture, ...]
    framebuffer: moderngl.Framebuffer

    @property
    def texture(self) -> moderngl.Texture:
        """The first texture: the only one, of most targets."""
        return self.textures[0]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in texels."""
        return self.texture.size


def target(
    context: moderngl.Context,
    size: tuple[int, int],
    components: int,
    *,
    dtype: str = "f1",
    count: int = 1,
    depth: bool = False,
) -> Target:
    """A target of `count` textures; `dtype` is moderngl's: f1 for 8 bit, f2 for half floats."""
    context.gc()  # gives back what painters before this one had
    textures = tuple(_texture(context, size, components, dtype) for _ in range(count))
    buffer = context.depth_renderbuffer(size) if depth else None
    return Target(textures, context.framebuffer(textures, buffer))


def _texture(
    context: moderngl.Context, size: tuple[int, int], components: int, dtype: str
) -> moderngl.Texture:
    texture = context.texture(size, components, dtype=dtype)
    texture.filter = moderngl.LINEAR, moderngl.LINEAR
    texture.repeat_x = texture.repeat_y = False
    return texture
