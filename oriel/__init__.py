"""A song goes in; a video that moves with it comes out."""

__version__ = "0.1.0"
