"""The arguments that `oriel`'s commands share, each with what its help says."""

from pathlib import Path
from typing import Annotated

import typer

Song = Annotated[Path, typer.Argument(metavar="SONG", help="Any file with sound in it.")]
LookName = Annotated[
    str, typer.Option("--look", "-l", metavar="NAME|FILE.json", help="See: oriel list looks.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set", "-s", metavar="KEY=VALUE", help="Change the look; effects.vignette.amount=0.5."
    ),
]
Size = Annotated[
    str, typer.Option(metavar="SIZE", help="1280x720, or 720p, 1080p, 4k, square, vertical.")
]
Fps = Annotated[
    str, typer.Option(metavar="RATE", help="Frames per second: 25, 29.97, 30, 60, 24000/1001.")
]
Device = Annotated[
    int | None,
    typer.Option(metavar="N", help="Which graphics card; see: oriel doctor.", min=0, max=63),
]
Moment = Annotated[str, typer.Option(metavar="TIME", help="Seconds, or minutes:seconds.")]
End = Annotated[
    str | None, typer.Option(metavar="TIME", help="Where to stop; without it, at the song's end.")
]
Frames = Annotated[
    str | None,
    typer.Option(
        metavar="A:B",
        help="Only frames A up to B of what would be rendered; either may be left out.",
    ),
]
Codec = Annotated[str, typer.Option(metavar="NAME", help="See: oriel list encoders.")]
Quality = Annotated[
    str,
    typer.Option(metavar="NAME|0-51", help="draft, standard, high, or 0 (best) to 51 (worst)."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]
