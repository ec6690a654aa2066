"""A song and a moment in; its sound through a player of the desktop, and the time that is heard, out.

There is no sound output among Oriel's packages: a program that most desktops have is fed with
samples. Where there is none the time runs all the same.
"""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass

from oriel.audio import Audio
from oriel.feed import CHANNELS, RATE, Feed, Tape

_PATIENCE_SECONDS = 2.0
_FOLLOWING_SECONDS = 2.0  # in which the picture makes up for a sound card that runs differently


@dataclass(frozen=True)
class Player:
    """A program that plays 16-bit samples from its input.

    `latency` is the seconds from taking a sample to its being heard, as asked for in `arguments`.
    A `greedy` one takes all that it gets at once, so it is given no more than it needs.
    """

    name: str
    arguments: tuple[str, ...]
    latency: float
    greedy: bool = False


PLAYERS = (
    Player(
        "pacat",
        (
            *("--playback", "--raw", "--format=s16le", f"--rate={RATE}", f"--channels={CHANNELS}"),
            *("--latency-msec=60", "--client-name=Oriel"),
        ),
        latency=0.06,
    ),
    Player(
        "aplay",
        (
            *("--quiet", "--file-type=raw", "--format=S16_LE", f"--rate={RATE}"),
            *(f"--channels={CHANNELS}", "--buffer-time=80000", "--period-time=20000"),
        ),
        latency=0.08,
    ),
    # It reads a WAV header, for its options for raw samples changed with its versions. Without
    # probesize it waits for a second of sound. Measured with SDL's disk driver: 0.13 s until it
    # hands out the first sample, and SDL plays one to two buffers of 46 ms later.
    Player(
        "ffplay",
        (
            *("-nodisp", "-autoexit", "-loglevel", "quiet", "-fflags", "nobuffer"),
            *("-probesize", "32", "-f", "wav", "-i", "-"),
        ),
        latency=0.2,
        greedy=True,
    ),
)


def players() -> list[Player]:
    """Those of PLAYERS that this machine has, the best first."""
    return [player for player in PLAYERS if shutil.which(player.name)]


class Playback:
    """Plays a song of `seconds` from anywhere; to be closed. It begins paused, at 0.

    Tries each of `candidates` until one plays; `tell` is given a sentence when none is left.
    """

    def __init__(
        self,
        audio: Audio,
        seconds: float,
        candidates: list[Player],
        tell: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        self._seconds = seconds
        self._candidates = list(candidates)
        self._tell = tell
        self._tape = Tape(audio) if candidates else None
        self._sound: Feed | None = None
        self._from = 0.0
        self._began: float | None = None  # when `_from` was heard, on the machine's clock
        self._followed = 0.0
        self.playing = False

    @property
    def position(self) -> float:
        """Seconds into the song: what is heard now. At the end it stays there, paused."""
        if not self.playing:
            return self._from
        now = time.monotonic()
        self._follow(now)
        moment = self._from + (0.0 if self._began is None else max(0.0, now - self._began))
        if moment >= self._seconds:
            self._stop_at(self._seconds)
            return self._seconds
        return moment

    def play(self) -> None:
        """Go on, from the beginning if the end was reached."""
        self.seek(0.0 if self._from >= self._seconds else self._from, playing=True)

    def pause(self) -> None:
        """Fall silent, and stay at this moment."""
        self._stop_at(self.position)

    def seek(self, moment: float, *, playing: bool | None = None) -> None:
        """Go to a moment of the song; play on if it played, or as `playing` says."""
        on = self.playing if playing is None else playing
        self._stop_at(min(max(moment, 0.0), self._seconds))
        if on and self._from < self._seconds:
            self.playing = True
            self._start(time.monotonic())

    def close(self) -> None:
        """Fall silent and give everything back."""
        self._stop_at(self._from)
        if self._tape is not None:
            self._tape.close()

    def _start(self, now: float) -> None:
        self._followed = now
        self._began = None
        if self._tape is None or not self._candidates:
            self._began = now
            return
        player = self._candidates[0]
        command = [shutil.which(player.name) or player.name, *player.arguments]
        self._sound = Feed(command, self._tape, self._from, greedy=player.greedy)

    def _follow(self, now: float) -> None:
        """Let the clock follow what is heard: it waits for the first sound, then drifts along."""
        if self._sound is None:
            return
        if self._sound.failed:
            self._next_player(now)
            return
        taken = self._sound.taken(now)
        if taken is None:
            if self._sound.unheard(now) > _PATIENCE_SECONDS:
                self._next_player(now)
            return
        heard = taken - self._candidates[0].latency
        if self._began is None:
            self._began = now - heard
        share = min(1.0, (now - self._followed) / _FOLLOWING_SECONDS)
        self._began += share * (now - heard - self._began)
        self._followed = now

    def _next_player(self, now: float) -> None:
        """Give this player up for the next; a picture that moved already moves on meanwhile."""
        reached = self._from if self._began is None else self._from + max(0.0, now - self._began)
        failed = self._candidates.pop(0)
        self._silence()
        self._from = reached
        if not self._candidates:
            self._tell(f"{failed.name} does not play: the picture goes on without sound.")
        self._start(now)

    def _stop_at(self, moment: float) -> None:
        self._silence()
        self._from = moment
        self.playing = False

    def _silence(self) -> None:
        if self._sound is not None:
            self._sound.close()
            self._sound = None
