"""The `oriel` command: what is typed in a shell goes in, the core is called with it.

Each command imports what it needs when it runs, so that `oriel --help` answers at once.
"""

import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

from oriel import __version__, exits, operators, piecework
from oriel.arguments import (
    AsJson,
    Codec,
    Device,
    End,
    Fps,
    Frames,
    LookName,
    Moment,
    Quality,
    Settings,
    Size,
    Song,
)
from oriel.grace import GRACE_SECONDS

if TYPE_CHECKING:
    from oriel.look import Look
    from oriel.render import Result
    from oriel.service import settings as service_settings

app = typer.Typer(
    help="A song goes in; a video that moves with it comes out.",
    add_completion=True,
    invoke_without_command=True,
    rich_markup_mode=None,  # its help takes 80 ms more to import
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"oriel {__version__}")
        raise typer.Exit


@app.callback()
def oriel(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="On an error, show where it came from.")
    ] = False,
) -> None:
    """A song goes in; a video that moves with it comes out."""
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command()
def render(
    song: Song,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help="The video; without it, SONG.mp4 in this folder."
        ),
    ] = None,
    look: LookName = "default",
    settings: Settings = None,
    size: Size = "720p",
    fps: Fps = "30",
    start: Moment = "0",
    end: End = None,
    frames: Frames = None,
    codec: Codec = "auto",
    quality: Quality = "standard",
    heard: Annotated[
        Path | None,
        typer.Option(
            "--bands", metavar="FILE.npz", help="What oriel bands --needed heard, not to hear anew."
        ),
    ] = None,
    silent: Annotated[bool, typer.Option("--silent", help="Leave the sound out.")] = False,
    watermark: Annotated[
        bool, typer.Option("--watermark", help="Print Oriel's name in the lower right corner.")
    ] = False,
    device: Device = None,
    as_json: AsJson = False,
) -> None:
    """Render a song to a video."""
    from oriel import destination, options, progress, tables
    from oriel.render import render as render_video

    place = destination.place(song, out, destination.of_codec(codec))
    chosen = _look(look, settings)
    with progress.reporter(as_json=as_json, out=sys.stdout, log=sys.stderr) as report:
        result = render_video(
            song,
            place,
            look=chosen,
            size=size,
            fps=options.frame_rate(fps),
            start=options.seconds(start),
            end=None if end is None else options.seconds(end),
            frames=None if frames is None else options.part(frames),
            codec=codec,
            quality=quality,
            heard=None if heard is None else tables.read(heard),
            silent=silent,
            watermark=watermark,
            device=device,
            on_progress=report,
        )
    if as_json:
        progress.write_json(asdict(result) | {"path": str(result.path)}, sys.stdout)
    else:
        _tell(result)


@app.command()
def frame(
    song: Song,
    at: Moment,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help="The picture; without it, SONG.png in this folder."
        ),
    ] = None,
    look: LookName = "default",
    settings: Settings = None,
    size: Size = "720p",
    fps: Fps = "30",
    device: Device = None,
) -> None:
    """Draw one picture of a song's video."""
    from oriel import destination, options, partial, pictures
    from oriel.render import picture

    place = destination.place(song, out, ".png")
    pictures.check(place)
    partial.check(place)
    pixels = picture(
        song,
        options.seconds(at),
        look=_look(look, settings),
        size=size,
        fps=options.frame_rate(fps),
        device=device,
    )
    pictures.save(pixels, place)
    print(f"{place}: {pixels.shape[1]}×{pixels.shape[0]}")


@app.command()
def window(
    song: Song,
    look: LookName = "default",
    settings: Settings = None,
    size: Size = "720p",
    start: Moment = "0",
    fps: Fps = "30",
    silent: Annotated[bool, typer.Option("--silent", help="Play no sound.")] = False,
) -> None:
    """Show a look live in a window, in time with a song."""
    from oriel import options
    from oriel.window import show

    show(
        song,
        look=look,
        settings=settings or [],
        size=size,
        start=options.seconds(start),
        fps=options.frame_rate(fps),
        sound=not silent,
    )


@app.command()
def bands(
    song: Song,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE.png|.npz|.json|.csv",
            help="A plot, or numbers; without it, SONG.png in this folder.",
        ),
    ] = None,
    look: LookName = "default",
    settings: Settings = None,
    fps: Fps = "30",
    needed: Annotated[
        bool, typer.Option("--needed", help="Look for the beat only if the look moves with it.")
    ] = False,
) -> None:
    """Write what Oriel hears in a song, as a plot or numbers."""
    from oriel import audio, chart, destination, effects, options, partial
    from oriel import bands as hearing
    from oriel.errors import BadOutput

    place = partial.check(destination.place(song, out, ".png"))
    if place.suffix.lower() not in (".png", ".npz", ".json", ".csv"):
        raise BadOutput(f"{out} must end with .png for a plot, or .npz, .json or .csv for numbers")
    chosen = _look(look, settings)
    sound = audio.load(song)
    heard = hearing.listen(
        sound,
        options.frame_rate(fps),
        hearing=chosen["hearing"],
        bass_frequency=chosen["bassFrequency"],
        treble_frequency=chosen["trebleFrequency"],
        rhythm=not needed or effects.need_beat(chosen.effects),
    )
    if place.suffix.lower() == ".png":
        chart.draw(sound, heard, place)
    else:
        hearing.save(heard, place)
    tempo = f"{heard.tempo:.1f} beats a minute" if heard.tempo else "no steady beat"
    print(f"{out or place.name}: {len(heard.bass)} frames, {heard.seconds:.2f} s, {tempo}")


@app.command("list")
def list_(
    kind: Annotated[
        Literal["shapes", "looks", "effects", "encoders"],
        typer.Argument(metavar="KIND", help="What to list."),
    ],
    as_json: AsJson = False,
) -> None:
    """List the shapes, looks, effects or encoders."""
    from oriel import listing, progress

    found = listing.found(kind)
    if as_json:
        progress.write_json({kind: found}, sys.stdout)
    else:
        progress.write(listing.table(found), sys.stdout)


for command in (piecework.probe, piecework.join, piecework.poster):
    app.command()(command)


@app.command()
def doctor(device: Device = None, as_json: AsJson = False) -> None:
    """Check this machine, and say how to mend what is amiss."""
    from oriel import doctor as checkup
    from oriel import progress

    checks = checkup.examine(device)
    if as_json:
        progress.write_json({"checks": [asdict(check) for check in checks]}, sys.stdout)
    else:
        progress.write(checkup.report(checks), sys.stdout)
    if any(check.state == "fail" for check in checks):
        raise typer.Exit(1)


@app.command()
def bench(device: Device = None, as_json: AsJson = False) -> None:
    """Measure how fast this machine renders the demo song."""
    from oriel import bench as measure
    from oriel import progress

    rows = measure.run(device)
    if as_json:
        progress.write_json({"rows": [asdict(row) for row in rows]}, sys.stdout)
    else:
        progress.write(measure.table(rows), sys.stdout)


@app.command()
def serve(
    host: Annotated[
        str, typer.Option(metavar="NAME", help="Which of this machine's addresses to answer at.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="N", help="0 for any that is free.", min=0, max=65_535)
    ] = 8000,
    studio_only: Annotated[
        bool, typer.Option("--studio-only", help="The page alone: no accounts, no orders.")
    ] = False,
    grace: Annotated[
        float, typer.Option(metavar="SECONDS", help="For requests under way when asked to stop.")
    ] = GRACE_SECONDS,
) -> None:
    """Serve the studio and the service, at localhost:8000."""
    from oriel import progress
    from oriel.extras import needed_for

    with needed_for("Serving the studio", "web"):
        from oriel.web.serve import serve as serve_studio
    serve_studio(
        host,
        port,
        lambda url: progress.write(f"The studio is at {url} (Ctrl-C ends it)", sys.stdout),
        None if studio_only else _service(),
        grace,
    )


@app.command()
def worker(
    gpu: Annotated[
        int | None,
        typer.Option(metavar="N", help="Which graphics card; see: oriel doctor.", min=0, max=63),
    ] = None,
    slots: Annotated[
        int, typer.Option(metavar="N", help="Pieces of work that are done at once.", min=1, max=64)
    ] = 2,
    grace: Annotated[
        float, typer.Option(metavar="SECONDS", help="For what is under way when asked to stop.")
    ] = GRACE_SECONDS,
) -> None:
    """Make the videos that are ordered, until asked to stop."""
    from oriel.extras import needed_for

    with needed_for("A worker", "render,service"):
        from oriel.jobs import worker as work
        from oriel.service.settings import Settings
    work.run(Settings.read(serving=True), gpu=gpu, slots=slots, grace=grace)


app.add_typer(operators.db, name="db")
app.add_typer(operators.admin, name="admin")


def _service() -> "service_settings.Settings":
    """The service's settings; raises BadOption where it is not installed."""
    from oriel.extras import needed_for

    alone = ", or serve the page alone with --studio-only"
    with needed_for("The service", "service", alone):
        from oriel.service.settings import Settings
        from oriel.web.api import start  # noqa: F401 (what it needs is to be missed now)
    return Settings.read(serving=True)


def _look(name: str, settings: list[str] | None) -> "Look":
    from oriel import look

    return look.with_settings(look.load(name), settings or [])


def _tell(result: "Result") -> None:
    with suppress(OSError):  # notes that cannot be written spoil no video
        print(*result.notes, sep="\n", end="\n" * bool(result.notes), file=sys.stderr)
    (width, height), pace = result.size, result.seconds / max(result.elapsed, 1e-9)
    print(
        f"{result.path}: {result.seconds:.1f} s of video, {result.frames} frames of"
        f" {width}×{height}, {result.bytes / 1e6:.1f} MB, by {result.encoder} and"
        f" {result.renderer}, in {result.elapsed:.1f} s"
        f" ({result.fps:.1f} frames/s, {pace:.2f}× real time)"
    )


def main() -> NoReturn:
    """Run the command that was typed; never returns."""
    exits.run(app, sys.argv[1:])
