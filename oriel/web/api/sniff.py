"""The first bytes of a file in; what kind of sound it may be out.

Names and types that a client sends say nothing. What passes here is probed in a limited child
before anything is drawn.
"""

NEEDED = 4096  # bytes

# By the marks of each format's specification, at the offset where it stands.
_MARKS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"ID3", "mp3"),
    (0, b"fLaC", "flac"),
    (0, b"OggS", "ogg"),
    (4, b"ftyp", "mp4"),
    (4, b"moov", "mp4"),
    (4, b"mdat", "mp4"),
    (4, b"wide", "mp4"),
    (0, b"caff", "caf"),
    (0, b"\x1a\x45\xdf\xa3", "matroska"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (0, b"wvpk", "wavpack"),
    (0, b"MAC ", "ape"),
    (0, b"TTA1", "tta"),
    (0, b".snd", "au"),
    (0, b"#!AMR", "amr"),
    (0, b"DSD ", "dsf"),
    (0, b"FRM8", "dff"),
    (0, b"MPCK", "musepack"),
    (0, b"MP+", "musepack"),
    (0, b"\x0b\x77", "ac3"),
    (0, b"\x7f\xfe\x80\x01", "dts"),
    (4, b"\xf8\x72\x6f\xba", "truehd"),
    (0, b"FLV", "flv"),
    (0, b"qoaf", "qoa"),
    (0, b".RMF", "realmedia"),
    (0, b"tBaK", "tak"),
    (0, b"riff\x2e\x91\xcf\x11", "w64"),
    (0, b"\x06\x0e\x2b\x34", "mxf"),
    (0, b"\x00\x00\x01\xba", "mpeg"),
)
_RIFFS = {
    (b"RIFF", b"WAVE"),
    (b"RF64", b"WAVE"),
    (b"RIFF", b"AVI "),
    (b"FORM", b"AIFF"),
    (b"FORM", b"AIFC"),
}
KINDS = frozenset(
    {name for _, _, name in _MARKS}
    | {form.decode().strip().lower() for _, form in _RIFFS}
    | {"mpeg", "mpegts"}
)
"""All that `kind` can say."""

_PACKET = 188  # bytes of an MPEG transport stream, each beginning with 0x47


def kind(start: bytes) -> str | None:
    """What the first bytes look like, such as "flac"; None for what is no sound that we know."""
    for offset, mark, name in _MARKS:
        if start[offset : offset + len(mark)] == mark:
            return name
    if (start[:4], start[8:12]) in _RIFFS:
        return start[8:12].decode().strip().lower()
    if start[:1] == b"G" == start[_PACKET : _PACKET + 1]:
        return "mpegts"
    # Some encoders leave zeros before the first frame.
    return "mpeg" if _is_mpeg(start.lstrip(b"\0")) else None


def _is_mpeg(start: bytes) -> bool:
    """A frame of MPEG audio or ADTS: eleven or twelve set bits, and fields that are allowed."""
    if len(start) < 4 or start[0] != 0xFF or start[1] & 0xE0 != 0xE0:
        return False
    layer, version = start[1] >> 1 & 3, start[1] >> 3 & 3
    if layer == 0:  # ADTS, whose twelfth bit is set too
        return start[1] & 0xF0 == 0xF0 and start[2] >> 2 & 15 < 13
    return version != 1 and start[2] >> 4 != 15 and start[2] >> 2 & 3 != 3
