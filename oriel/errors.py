"""What can go wrong, as two kinds of exception: the user's file or choice, and our own fault."""

NO_MEMORY = (
    "Oriel may not have as much memory as this takes: choose a smaller size, or a shorter part."
)

TOO_LARGE_A_FILE = (
    "Oriel may not write as large a file as this takes: choose a smaller size, a lower quality, or a"
    " shorter part."
)


class OrielError(Exception):
    """Anything that Oriel reports in one sentence; `exit_code` is what the shell gets.

    Made with several sentences, it is several things at once, each a line of the shell's.
    """

    exit_code = 1

    def __str__(self) -> str:
        return "; ".join(map(str, self.args))


class UserError(OrielError):
    """The user's file or choice cannot be used; nothing was changed."""

    exit_code = 2


class BadAudio(UserError):
    """The song is missing, unreadable, empty or not sound."""


class TooLong(BadAudio):
    """The song plays longer than whoever asks allows; it was not heard any further."""


class BadLook(UserError):
    """The look names an unknown key, or a value that is not allowed."""


class BadOption(UserError):
    """A size, frame rate, part, codec or quality that cannot be rendered."""


class Unjoinable(BadOption):
    """Parts that are none of one video; drawn anew, all alike, they would be."""


class BadOutput(UserError):
    """The place to write to is missing, not writable or full."""


class Fault(OrielError):
    """Oriel, or the machine it runs on, failed; the user's input was fine."""


class NoGL(Fault):
    """No working OpenGL context: no EGL library, no device, or a driver that draws nothing."""


class EncoderFailed(Fault):
    """The encoder or muxer died while writing."""
