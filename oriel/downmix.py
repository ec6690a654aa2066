"""Any channel layout in, mono or stereo weights out: Web Audio's speaker down-mix.

Source: https://www.w3.org/TR/webaudio/#channel-up-mixing-and-down-mixing ("speakers").  The
specification names mono, stereo, quad and 5.1; other layouts follow its 5.1 by the speakers' names,
where the specification would drop every channel but the first.

Mono, which Oriel hears, is exactly that.  Stereo, which people hear, is made as much quieter as it
takes for no sum to pass full scale, where players would clip: 5.1 by 1 + 2 √½, 7.7 dB.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

_HALF_POWER = np.sqrt(0.5)

# speaker: (into left, into right, into mono), as the specification does for 5.1
_SPEAKERS = {
    "FL": (1.0, 0.0, _HALF_POWER),
    "FR": (0.0, 1.0, _HALF_POWER),
    "FC": (_HALF_POWER, _HALF_POWER, 1.0),
    "LFE": (0.0, 0.0, 0.0),
    "LFE2": (0.0, 0.0, 0.0),
    "BL": (_HALF_POWER, 0.0, 0.5),
    "BR": (0.0, _HALF_POWER, 0.5),
    "SL": (_HALF_POWER, 0.0, 0.5),
    "SR": (0.0, _HALF_POWER, 0.5),
    "BC": (0.5, 0.5, 0.5),
    "FLC": (1.0, 0.0, _HALF_POWER),
    "FRC": (0.0, 1.0, _HALF_POWER),
}
_BY_COUNT = {
    3: ("FL", "FR", "FC"),
    5: ("FL", "FR", "FC", "BL", "BR"),
    6: ("FL", "FR", "FC", "LFE", "BL", "BR"),
    7: ("FL", "FR", "FC", "LFE", "BC", "SL", "SR"),
    8: ("FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"),
}


def weights(speakers: tuple[str, ...], channels: Literal[1, 2]) -> NDArray[np.float32]:
    """The (channels, len(speakers)) matrix that turns planes of these speakers into mono or stereo.

    `speakers` are FFmpeg's names ("FL", "FR", "FC", "LFE", …); names that are unknown count as the
    usual layout of that many channels.
    """
    count = len(speakers)
    if count == 1:
        return np.ones((channels, 1), np.float32)
    if count == 2:
        return _stereo(channels)
    if count == 4 and "FC" not in speakers:
        return _quad(channels)
    if any(name not in _SPEAKERS for name in speakers):
        speakers = _BY_COUNT.get(count, ("FL", "FR") * 4)[:count]
    columns = slice(2, 3) if channels == 1 else slice(0, 2)
    mix = np.array([_SPEAKERS[name][columns] for name in speakers], np.float32).T.copy()
    return mix if channels == 1 else _with_headroom(mix)


def _with_headroom(mix: NDArray[np.float32]) -> NDArray[np.float32]:
    """By one gain for both sides, so that their balance stays."""
    quieter: NDArray[np.float32] = mix / max(mix.sum(axis=1).max(), np.float32(1))
    return quieter


def _stereo(channels: Literal[1, 2]) -> NDArray[np.float32]:
    if channels == 1:
        return np.full((1, 2), 0.5, np.float32)
    return np.eye(2, dtype=np.float32)


def _quad(channels: Literal[1, 2]) -> NDArray[np.float32]:
    if channels == 1:
        return np.full((1, 4), 0.25, np.float32)
    return np.array([[0.5, 0, 0.5, 0], [0, 0.5, 0, 0.5]], np.float32)
