"""A song, what was typed after --out and a suffix go in; where a command is to write comes out."""

from pathlib import Path

from oriel.errors import BadOutput


def place(song: Path, out: Path | None, suffix: str) -> Path:
    """`out`, or else the song's name with this suffix; raises BadOutput if the song lies there."""
    chosen = out or _beside(song, suffix)
    if _same(chosen, song):
        raise BadOutput(f"{chosen} is the song itself; name another file with --out")
    return chosen


def of_codec(codec: str) -> str:
    """The suffix of a video of this codec where none was typed."""
    return {"prores": ".mov", "vp9": ".webm"}.get(codec, ".mp4")


def _beside(song: Path, suffix: str) -> Path:
    """The song's name with another suffix in this folder, or a longer one if that is the song."""
    chosen = Path((song.stem or "song") + suffix)
    return chosen if chosen.absolute() != song.absolute() else Path(f"{song.stem}-video{suffix}")


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):  # missing, or a name that cannot be: told where it is opened
        return False
