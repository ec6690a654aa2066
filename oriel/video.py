"""Planes of pixels and a song go in; a video file appears under its name once it is whole."""

import math
import queue
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import av
from av.video.frame import VideoFrame

from oriel import encoders, partial, planes, priorities, soundtrack
from oriel.ahead import Ahead
from oriel.apart import Apart
from oriel.audio import Audio
from oriel.errors import BadOption, EncoderFailed, Fault, OrielError
from oriel.planes import Plane, Planes

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container.output import OutputContainer
    from av.packet import Packet

MAX_SIDE = 16_384
"""Pixels: what H.264's highest level and the encoders allow."""

_FORMATS = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm"}
_MP4_OPTIONS = {
    "movflags": "+faststart",
    # The file's own clock, which edit lists are rounded to. A millisecond by default; this one
    # holds a frame of every usual rate exactly (24000/1001 is 5005 ticks) and nine hours in
    # 32 bits; FFmpeg takes 64 for more.
    "movie_timescale": "120000",
}
_BUFFER = 1 << 20  # bytes
_QUEUED = 4  # frames: rides out a slow keyframe, and is 50 MB at 4K
_PACKETS_AHEAD = 16  # of sound: a third of a second
_GLANCE_SECONDS = 0.1  # how soon write() sees that the encoder died
_FAREWELL_SECONDS = 0.8  # how long an abandoned encoder may take to stop


def check(
    out: Path,
    codec: str = "auto",
    quality: str | int = "standard",
    size: tuple[int, int] | None = None,
) -> None:
    """Raise BadOutput or BadOption where a Writer would, before anything was heard or drawn."""
    choice = encoders.choose(codec, quality, partial.check(out).suffix)
    if size is not None:
        encoders.check_size(choice.encoder, size)


def container(file: partial.Partial, suffix: str) -> "OutputContainer":
    """A container of the kind that a file's name ends with, written into this file."""
    return av.open(
        file,
        "w",
        format=_FORMATS[suffix],
        container_options=_MP4_OPTIONS if suffix in (".mp4", ".mov") else {},
        buffer_size=_BUFFER,
    )


def tags(audio: Audio) -> dict[str, str]:
    """The song's tags that its video keeps."""
    found = {"title": audio.title, "artist": audio.artist}
    return {key: value for key, value in found.items() if value}


class Writer:
    """Writes frames to a video file in a thread of its own; a context manager.

    `size` is (width, height) in pixels, both even; `fps` an exact fraction; `frames` how many
    `write` calls will come; `quality` a name of `qualities.QUALITIES` or a number from 0 to 51;
    `start` where in the song, in seconds, frame 0 is; its sound is encoded in a thread, or `apart`
    in a process, for who hardly lets go of Python's lock. `encoder` names FFmpeg's encoder that is
    used and `note` says, in a sentence, when it is not the one that was asked for.

    The file appears under `out` when the context is left without an error, and not at all
    otherwise. Raises BadOption and BadOutput at once for what cannot work; `write` and the end
    of the context raise BadOutput (a full disk) or EncoderFailed soon after the thread died.
    """

    def __init__(
        self,
        out: Path,
        size: tuple[int, int],
        fps: Fraction,
        frames: int,
        *,
        codec: str = "auto",
        quality: str | int = "standard",
        audio: Audio | None = None,
        start: float = 0.0,
        apart: bool = False,
    ) -> None:
        _check_numbers(size, fps, frames, start)
        self._out = partial.check(out)
        self._suffix = self._out.suffix.lower()
        self._choice = encoders.choose(codec, quality, self._suffix)
        encoders.check_size(self._choice.encoder, size)
        self._size = size
        self._fps = Fraction(fps)
        self._frames = frames
        self._audio = audio
        self._start = start
        self._apart = apart
        self._written = 0
        self._supply = planes.Supply(size)
        self._error: BaseException | None = None
        self._stop = threading.Event()
        self._queue: queue.Queue[VideoFrame | None] = queue.Queue(_QUEUED)
        self._thread = threading.Thread(target=self._run, name="oriel-encoder", daemon=True)

    @property
    def encoder(self) -> str:
        """The name of FFmpeg's encoder that is used, such as "libx264"."""
        return self._choice.encoder.name

    @property
    def note(self) -> str | None:
        """A sentence when another encoder than the one asked for is used."""
        return self._choice.note

    def __enter__(self) -> Self:
        try:
            self._file = partial.Partial(self._out)
        except OSError as error:
            raise partial.sentence(error, self._out) from error
        with priorities.patient():
            try:
                self._open()
            except BaseException as error:
                self._file.discard()
                self._file.close()
                raise self._ours(error) from error
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._finish()
        finally:
            self._file.discard()
            self._stop.set()
            self._thread.join(_FAREWELL_SECONDS)
            if isinstance(self._sound, Apart):  # it may hang, and the thread that waits for it
                self._sound.close()

    def blank(self) -> Planes:
        """The planes of the next frame, to be filled and then written: this spares a copy."""
        return self._supply.blank()

    def write(self, y: Plane, u: Plane, v: Plane) -> None:
        """Append one frame: uint8 planes (h, w), (h/2, w/2), (h/2, w/2), copied before it returns.

        Those that `blank` gave last are not copied, and may not be touched any more. Waits while
        the encoder is a few frames behind. Raises BadOutput or EncoderFailed when the encoder's
        thread has died.
        """
        if self._written >= self._frames:
            raise Fault(f"More frames were written than the {self._frames} that were announced.")
        frame = self._supply.filled(y, u, v)
        frame.pts = self._written
        frame.time_base = 1 / self._fps
        self._put(frame)
        self._written += 1

    def _open(self) -> None:
        """Open the file and both streams, and write the header, so that errors come early."""
        try:
            self._open_video()
        except av.FFmpegError as error:
            self._choice = self._second_choice(error)
            self._open_video()
        packets: Iterable[Packet[AudioStream]] = ()
        if self._audio is not None:
            self._container.metadata.update(tags(self._audio))
            packets = soundtrack.packets(
                self._container,
                self._audio,
                self._start,
                self._frames / self._fps,
                self._suffix,
                Apart if self._apart else soundtrack.encoded,
            )
        self._container.start_encoding()
        self._sound = _begun(packets)

    def _open_video(self) -> None:
        self._container = container(self._file, self._suffix)
        self._video = encoders.add_stream(self._container, self._choice, self._size, self._fps)

    def _second_choice(self, error: av.FFmpegError) -> encoders.Choice:
        """The encoder to use when the first, which works, refuses this size or rate."""
        second = encoders.second_best(self._choice, error.strerror or str(error))
        if second is None:
            width, height = self._size
            raise BadOption(
                f"{self.encoder} cannot encode {width}×{height} pixels at {self._fps} frames/s:"
                " choose less, or another codec."
            ) from error
        encoders.check_size(second.encoder, self._size)
        return second

    def _put(self, frame: VideoFrame | None) -> None:
        """Hand a frame (None: the end) to the thread; never waits for a dead one."""
        while True:
            self._raise_if_dead()
            try:
                return self._queue.put(frame, timeout=_GLANCE_SECONDS)
            except queue.Full:
                continue

    def _raise_if_dead(self) -> None:
        if self._error is not None:
            raise self._ours(self._error) from self._error
        if not self._thread.is_alive():
            raise EncoderFailed(
                f"{self.encoder} stopped before the end of {self._out.name}: try again, or choose"
                " another codec."
            )

    def _finish(self) -> None:
        """Hand over the end, and wait until the thread has given the file its name."""
        if self._written != self._frames:
            raise Fault(f"{self._written} frames were written of {self._frames} announced.")
        self._put(None)
        while self._thread.is_alive():
            self._thread.join(_GLANCE_SECONDS)
        if self._error is not None:
            raise self._ours(self._error) from self._error

    def _run(self) -> None:
        """What the thread does: write the file and give it its name, or leave `_error`."""
        try:
            self._encode()
            if not self._stop.is_set():
                self._container.close()  # writes the index, and moves it to the front
                self._file.keep()
        except BaseException as error:
            self._error = error
        finally:
            self._file.close()

    def _encode(self) -> None:
        with closing(self._sound) as packets:
            sound = iter(packets)
            waiting = next(sound, None)
            for count, frame in enumerate(self._arriving(), start=1):
                tagged = planes.tagged(frame, self._choice.encoder.pixel_format)
                self._container.mux(self._video.encode(tagged))
                self._supply.give_back(frame)
                waiting = self._mux_sound(sound, waiting, count / self._fps)
            if not self._stop.is_set():
                self._container.mux(self._video.encode(None))
                self._mux_sound(sound, waiting, None)

    def _arriving(self) -> "Iterator[VideoFrame]":
        while not self._stop.is_set():
            try:
                frame = self._queue.get(timeout=_GLANCE_SECONDS)
            except queue.Empty:
                continue
            if frame is None:
                return
            yield frame

    def _mux_sound(
        self,
        sound: "Iterator[Packet[AudioStream]]",
        packet: "Packet[AudioStream] | None",
        until: Fraction | None,
    ) -> "Packet[AudioStream] | None":
        """Mux sound up to a time in seconds (None: the end); returns the first packet beyond."""
        while packet is not None:
            if until is not None and (packet.pts or 0) * packet.time_base >= until:
                return packet
            self._container.mux(packet)
            packet = next(sound, None)
        return None

    def _ours(self, error: BaseException) -> BaseException:
        """An error of FFmpeg's or the system's as one of ours; interruptions as they are."""
        if isinstance(error, OrielError) or not isinstance(error, Exception):
            return error
        if self._file.error is not None:
            return partial.sentence(self._file.error, self._out)
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return EncoderFailed(
            f"{self.encoder} failed while writing {self._out.name} ({reason}): try again, or choose"
            " another codec."
        )


def _begun(packets: "Iterable[Packet[AudioStream]]") -> "Ahead[Packet[AudioStream]] | Apart":
    """The same, made ahead: on many cores the sound would take the encoder's thread half its time."""
    if isinstance(packets, Apart):
        packets.begin()
        return packets
    return Ahead(iter(packets), _PACKETS_AHEAD, "oriel-sound")


def _check_numbers(size: tuple[int, int], fps: Fraction, frames: int, start: float) -> None:
    width, height = size
    if not (2 <= width <= MAX_SIDE and 2 <= height <= MAX_SIDE) or width % 2 or height % 2:
        raise BadOption(
            f"A video of {width}×{height} pixels cannot be written: "
            f"both sides must be even and from 2 to {MAX_SIDE}."
        )
    if not 0 < fps <= 1000:
        raise BadOption(f"A rate of {fps} frames/s cannot be written: use 1 to 1000.")
    if frames < 1:
        raise BadOption(f"A video needs at least one frame, not {frames}.")
    if not (math.isfinite(start) and start >= 0):
        raise BadOption(f"A video cannot start at {start} seconds: use 0 or more.")
