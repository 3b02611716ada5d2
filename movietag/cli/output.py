"""How every command speaks: exit codes, errors in a line, and text made safe for a terminal."""

from __future__ import annotations

import asyncio
import functools
import re
import sys
import unicodedata
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn, ParamSpec, TypeVar

import msgspec
import typer
from rich.console import Console
from typer.exceptions import TyperException

from movietag.errors import MovietagError, TransientError
from movietag.search.naming import NothingFound

FOUND = 0  # done, or something was found
NOTHING = 1  # nothing was found, or not everything is as asked
USAGE = 2  # the command or its input is wrong: repeating it changes nothing
AWAY = 3  # a server does not answer: later, the same command may succeed
INTERNAL = 70  # a bug of ours (EX_SOFTWARE of sysexits.h)

P = ParamSpec("P")
T = TypeVar("T")

# Invisible characters that belong to words of Persian, Indic scripts and emoji.
JOINERS = "\u200c\u200d"
_UNSAFE_IN_JSON = re.compile(r"[\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run the asynchronous work of a command to its end."""
    return asyncio.run(work)


def command(function: Callable[P, T]) -> Callable[P, T]:
    """Around every command: an error ends it with one line for people and its exit code.

    A ``MovietagError`` is told without a trace: nothing found ends with 1, a server away with 3, and
    everything else, which is the input's fault, with 2. A bug keeps its trace and ends with 70, so
    that scripts never take it for "nothing found".
    """

    @functools.wraps(function)
    def told(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except MovietagError as error:
            fail(error)
        except (TyperException, typer.Exit, typer.Abort, BrokenPipeError):
            raise
        except Exception:  # noqa: BLE001  # the outermost place; the trace is shown whole
            Console(stderr=True).print_exception()
            sys.exit(INTERNAL)

    return told


def fail(error: MovietagError) -> NoReturn:
    """Say what was wrong on stderr and end with the error's exit code."""
    text = "\n".join(plain(line) for line in str(error).splitlines())
    print(f"movietag: {text}", file=sys.stderr)
    sys.exit(exit_code(error))


def exit_code(error: MovietagError) -> int:
    """The exit code that tells a script what kind of error it was."""
    if isinstance(error, NothingFound):
        return NOTHING
    return AWAY if isinstance(error, TransientError) else USAGE


def plain(text: str) -> str:
    """Text of strangers (titles, captions, reasons) as one safe line for a terminal.

    Control characters, line breaks and invisible format characters (escape sequences, marks that
    turn the direction of writing) become a space or nothing. Print it as ``rich.text.Text`` or
    escape it: square brackets stay.
    """
    return "".join(_plain(character) for character in text)


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    if category == "Cs":
        return "\N{REPLACEMENT CHARACTER}"
    return "" if category == "Cf" and character not in JOINERS else character


def print_json(answer: object) -> None:
    """Print a struct or plain data as JSON: UTF-8, indented, safe for a terminal."""
    text = msgspec.json.format(msgspec.json.encode(answer), indent=2).decode()
    print(_UNSAFE_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def warn_unreadable(number: int | msgspec.UnsetType) -> None:
    """Say how many documents an answer leaves out, if any."""
    if number:
        what = "document is" if number == 1 else "documents are"
        print(
            f"{number} {what} left out: another version of movietag has written them. `movietag recount`"
            " writes them anew.",
            file=sys.stderr,
        )


def console() -> Console:
    """The console for people: 80 columns when the output is no terminal."""
    return Console(highlight=False, soft_wrap=False)
