"""The commands by which many processes make one video: probe a song, join parts, choose a poster."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from oriel.arguments import AsJson, Moment, Song


def probe(
    song: Song,
    longest: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="Refuse a song that plays longer.", min=0),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Decode a song to its end and say what it is."""
    from oriel import progress
    from oriel.errors import TooLong
    from oriel.probe import probe as examine

    try:
        found = asdict(examine(song, longest))
    except TooLong as error:
        if as_json:
            progress.write_json({"too_long": str(error)}, sys.stdout)
        raise
    if as_json:
        progress.write_json(found, sys.stdout)
    else:
        known = {key: value for key, value in found.items() if value is not None}
        width = max(map(len, known))
        lines = (f"{key:<{width}}  {value}" for key, value in known.items())
        progress.write("\n".join(lines), sys.stdout)


def join(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The whole video.")],
    parts: Annotated[
        list[Path], typer.Argument(metavar="PART...", help="Its parts, one after the other.")
    ],
    song: Annotated[
        Path | None, typer.Option(metavar="SONG", help="The song; without it, there is no sound.")
    ] = None,
    start: Moment = "0",
    as_json: AsJson = False,
) -> None:
    """Join the parts of a video, and add the song's sound.

    Parts are what `oriel render --frames A:B --silent` makes.
    """
    from oriel import options, progress
    from oriel.errors import Unjoinable
    from oriel.join import join as join_parts

    try:
        made = join_parts(out, parts, song, options.seconds(start))
    except Unjoinable as error:
        if as_json:
            progress.write_json({"unjoinable": str(error)}, sys.stdout)
        raise
    if as_json:
        progress.write_json(asdict(made) | {"path": str(made.path)}, sys.stdout)
    else:
        progress.write(f"{made.path}: {made.frames} frames, {made.seconds:.2f} s", sys.stdout)


def poster(
    video: Annotated[Path, typer.Argument(metavar="VIDEO", help="A video that Oriel made.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help="The picture; without it, VIDEO.jpg in this folder."
        ),
    ] = None,
    moving: Annotated[
        Path | None,
        typer.Option(metavar="FILE.webp", help="Also a few moving seconds, small."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Choose a video's most telling picture."""
    from oriel import destination, progress
    from oriel.poster import poster as choose

    place = destination.place(video, out, ".jpg")
    moment = choose(video, place, moving)
    if as_json:
        progress.write_json({"path": str(place), "at": moment}, sys.stdout)
    else:
        progress.write(f"{place}: the picture at {moment:.2f} s", sys.stdout)
