"""A command goes in and is run; whatever happens, one sentence and an exit code come out.

0 done; 2 the user's file or choice; 1 our fault, or the machine's; 130 interrupted; 143 and 129
asked to stop, by a program or by a terminal that was closed.
"""

import os
import re
import signal
import sys
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn, TextIO

import typer
from typer.main import get_command

from oriel.errors import NO_MEMORY, OrielError

# Typer's own complaint about what was typed; its module is private, its descendant is not.
_UsageError: type[Exception] = typer.BadParameter.__mro__[1]

_PLAINLY = (
    (r"Input should be a valid integer.*", "it must be a whole number"),
    (r"Input should be a valid number.*", "it must be a number"),
    (r"Input should be less than or equal to", "it must be at most"),
    (r"Input should be greater than or equal to", "it must be at least"),
    (r" \(Possible options: ([^)]+)\)", r"; there is \1"),
)
"""What typer says of values, and what a person would."""

INTERRUPTED = 128 + signal.SIGINT
_STOPS = (signal.SIGTERM, signal.SIGHUP)


class _Terminated(BaseException):
    """A signal asked us to stop; like KeyboardInterrupt, so that files are tidied up."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


def run(command: Callable[..., object], arguments: Sequence[str]) -> NoReturn:
    """Run a typer app with these arguments and leave the process with its exit code.

    `--debug` anywhere before "--" lets an unexpected error show where it came from.
    """
    _open_what_is_closed()
    _make_output_forgiving()
    _stop_when_asked()
    words, debug = _without_debug(list(arguments))
    if not debug and not sys.warnoptions:
        warnings.simplefilter("ignore")  # they speak to programmers, mostly of other packages
    try:
        code, *sentences = _attempt(command, words, debug)
    except BrokenPipeError:  # whoever read our output has left, as `head` does
        code, sentences = 0, []
    sys.exit(_ended(code, sentences))


def _attempt(
    command: Callable[..., object], words: list[str], debug: bool
) -> tuple[int, *tuple[str, ...]]:
    try:
        code = command(args=words, prog_name="oriel", standalone_mode=False)
    except _UsageError as error:
        return 2, _usage(error, _named(command, words))
    except OrielError as error:
        if debug:
            raise
        return error.exit_code, *map(str, error.args)
    except _Terminated as stop:
        return stop.exit_code, "Oriel was asked to stop, and left nothing half done."
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except SystemExit as error:  # what typer makes of a reader that has left
        raise BrokenPipeError from error
    except BrokenPipeError:
        raise
    except MemoryError:
        if debug:
            raise
        return 1, NO_MEMORY
    except Exception as error:  # the outermost place: nobody is to be shown a traceback unasked
        if debug:
            raise
        what = f"{type(error).__name__}: {error}"
        return 1, f"Oriel failed at something unforeseen, {what} (--debug shows where)."
    if code == INTERRUPTED:  # typer's way to tell of Ctrl-C
        return INTERRUPTED, "Interrupted, and nothing was left half done."
    return (code if isinstance(code, int) else 0,)


def _usage(error: Exception, named: str) -> str:
    """Typer's complaint as one sentence, of a command where typer does not say of which."""
    message = getattr(error, "format_message", error.__str__)().replace("Value error, ", "")
    said = " ".join(message.split()).rstrip(".").replace(". Did you", "; did you")
    for theirs, ours in _PLAINLY:
        said = re.sub(theirs, ours, said)
    command = getattr(getattr(error, "ctx", None), "command_path", named)
    return f"{said} ({command} --help tells what there is)"


def _named(command: Callable[..., object], words: list[str]) -> str:
    """The command that these words begin with, such as "oriel db backup"."""
    inner = get_command(command) if isinstance(command, typer.Typer) else None
    path = ["oriel"]
    for word in words:
        inner = getattr(inner, "commands", {}).get(word)
        if inner is None:
            break
        path.append(word)
    return " ".join(path)


def _without_debug(words: list[str]) -> tuple[list[str], bool]:
    end = words.index("--") if "--" in words else len(words)
    kept = [word for word in words[:end] if word != "--debug"]
    return kept + words[end:], len(kept) < end


def _ended(code: int, sentences: list[str]) -> int:
    """Send what was printed, then say what was wrong; the exit code, 2 where neither can be sent."""
    error = _sent(sys.stdout)
    if error and not isinstance(error, BrokenPipeError) and code == 0:
        said = f"What Oriel prints cannot be written: {error.strerror}; send it elsewhere"
        code, sentences = 2, [said]
    for sentence in sentences:
        _say(sentence)
    _sent(sys.stderr)
    return code


def _say(sentence: str) -> None:
    line = " ".join(sentence.split())
    with suppress(OSError):  # a terminal that is gone; the exit code still tells
        print(line if line.endswith((".", "!", "?", ")")) else f"{line}.", file=sys.stderr)


def _sent(stream: TextIO) -> OSError | None:
    """Send what waits in a stream; what cannot be sent is dropped, or Python would try again."""
    try:
        stream.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return error
    return None


def _stop_when_asked() -> None:
    """Tidy up before stopping, unless whoever started us has us ignore a signal, as nohup does."""
    for number in _STOPS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _stop)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_DFL)  # asked twice, stop at once
    raise _Terminated(number)


def _open_what_is_closed() -> None:
    """Let a closed stream (`>&-`) lead nowhere: else the next file to be opened gets its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 (it stays open)


def _make_output_forgiving() -> None:
    """A file's name may hold bytes that are no text here; show them escaped rather than fail."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
