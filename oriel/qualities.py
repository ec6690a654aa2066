"""A quality and an encoder's name go in; that encoder's settings come out.

`docs/video.md` tells why each is what it is, and the figures.
"""

import re
from fractions import Fraction

from oriel.errors import BadOption

QUALITIES = {"draft": 32, "standard": 25, "high": 18}
"""The named qualities on H.264's CRF scale of 0 (lossless or nearly so) to 51 (worst)."""

GOP_SECONDS = 2

# x264's fastest preset with what thin lines on a dark ground profit from put back: see docs/video.md.
_X264 = (
    "8x8dct=1:cabac=1:deblock=1,0,0:partitions=i8x8,i4x4:bframes=2:b-adapt=0"
    ":aq-mode=3:ipratio=2:deadzone-inter=6:deadzone-intra=6:no-dct-decimate=1"
)


def crf(quality: str | int) -> int:
    """A quality's place on H.264's scale of 0 to 51; raises BadOption for anything else."""
    if isinstance(quality, str) and quality in QUALITIES:
        return QUALITIES[quality]
    number = _number(quality)
    if number is None or not 0 <= number <= 51:
        raise BadOption(
            f"The quality {quality!r} is unknown: use {', '.join(QUALITIES)} "
            "or a number from 0 (best) to 51 (worst)."
        )
    return number


def _number(quality: object) -> int | None:
    """A whole number as it is or as it is written; None for all that Python would turn into one."""
    if isinstance(quality, str):
        return int(quality) if re.fullmatch("[0-9]{1,2}", quality) else None
    return quality if isinstance(quality, int) and not isinstance(quality, bool) else None


def gop(fps: Fraction) -> int:
    """Frames from one keyframe to the next: as near to two seconds as whole frames allow."""
    return max(1, round(GOP_SECONDS * fps))


def settings(encoder: str, crf: int, fps: Fraction) -> dict[str, str]:
    """FFmpeg's own options of the encoder of this name at a place on H.264's CRF scale."""
    keyint = gop(fps)
    if encoder == "libx264":
        fixed_gops = f"keyint={keyint}:min-keyint={keyint}:scenecut=0:open-gop=0"
        return {
            "preset": "ultrafast",
            "crf": str(max(1, crf)),  # 0 would be lossless, which High profile is not
            "profile": "high",
            "x264-params": f"{fixed_gops}:{_X264}",
        }
    if encoder == "libx265":
        fixed_gops = f"keyint={keyint}:min-keyint={keyint}:scenecut=0:open-gop=0"
        return {
            "preset": "veryfast",
            "crf": str(crf),
            # Without `info`: it names threads, and parts of other machines would not be alike.
            "x265-params": f"{fixed_gops}:aq-mode=3:cutree=0:info=0:log-level=none",
        }
    if encoder == "libsvtav1":
        return {"preset": "8", "crf": str(_scaled(crf))}
    if encoder == "libvpx-vp9":
        return {
            "crf": str(_scaled(crf)),
            "b": "0",
            "deadline": "realtime",
            "cpu-used": "6",
            "row-mt": "1",
            "keyint_min": str(keyint),
        }
    if encoder == "prores_ks":
        return {"profile": _prores_profile(crf), "vendor": "apl0"}
    return {
        "preset": "p4",
        "tune": "hq",
        "rc": "vbr",
        "cq": str(crf),
        "b": "0",
        "spatial-aq": "1",
        "no-scenecut": "1",
        "strict_gop": "1",
        "forced-idr": "1",
    }


def _scaled(crf: int) -> int:
    """H.264's 0-51 on the 0-63 of AV1 and VP9."""
    return round(crf * 63 / 51)


def _prores_profile(crf: int) -> str:
    if crf <= 20:
        return "hq"
    return "standard" if crf <= 28 else "lt"
