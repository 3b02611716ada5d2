"""Output common to all commands: exit codes, one-line errors, and text made safe for a terminal."""

from __future__ import annotations

import asyncio
import functools
import os
import re
import shlex
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, NoReturn, ParamSpec, TypeVar

import msgspec
import typer
from rich.console import Console
from rich.text import Text
from typer.exceptions import TyperException

from movietag.errors import MovietagError, TransientError
from movietag.search.naming import NothingFound
from movietag.search.naming import plain as plain  # noqa: PLC0414  # commands import it from here
from movietag.search.results import LeftOut, QueryReading
from movietag.settings import Settings
from movietag.settings.unknown import unknown_variables

FOUND = 0  # done, or there are results
NOTHING = 1  # no results, or only partly done
USAGE = 2  # the command or its input is wrong: a retry will not help
AWAY = 3  # a server is unreachable: a later retry may succeed
STOPPED = 130  # by Ctrl-C: 128 + SIGINT, as shells report it
INTERNAL = 70  # a bug of ours (EX_SOFTWARE of sysexits.h)

P = ParamSpec("P")
T = TypeVar("T")

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]

_UNSAFE_IN_JSON = re.compile(r"[\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run the coroutine of a command to completion."""
    return asyncio.run(work)


def command(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate a command: an error ends it with a one-line message and an exit code.

    A ``MovietagError`` is printed without a stack trace: no results exit with 1, an unreachable server with 3,
    any other (invalid input) with 2. A bug prints its stack trace and exits with 70, so scripts never mistake it
    for "no results".
    """

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        for text in unknown_variables(os.environ, Settings.model_fields):
            print(f"movietag: {text}", file=sys.stderr)
        try:
            return function(*args, **kwargs)
        except MovietagError as error:
            fail(error)
        except KeyboardInterrupt as stop:
            print(f"movietag: {plain(str(stop)) or 'Stopped.'}", file=sys.stderr)
            sys.exit(STOPPED)
        except (TyperException, typer.Exit, typer.Abort, BrokenPipeError):
            raise
        except Exception:  # noqa: BLE001  # the outermost handler; prints the whole stack trace
            Console(stderr=True).print_exception()
            sys.exit(INTERNAL)

    return wrapper


@contextmanager
def says_when_stopped(text: Callable[[], str]) -> Iterator[None]:
    """On Ctrl-C within the block, the command ends with what ``text`` returns: what was done, and how to continue."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(text()) from None


def fail(error: MovietagError) -> NoReturn:
    """Print an error on stderr and exit with its exit code."""
    text = "\n".join(plain(line) for line in str(error).splitlines())
    print(f"movietag: {text}", file=sys.stderr)
    sys.exit(exit_code(error))


def exit_code(error: MovietagError) -> int:
    """The exit code of an error."""
    if isinstance(error, NothingFound):
        return NOTHING
    return AWAY if isinstance(error, TransientError) else USAGE


def print_json(answer: object) -> None:
    """Print a struct or plain data as JSON: UTF-8, indented, safe for a terminal."""
    text = msgspec.json.format(msgspec.json.encode(answer), indent=2).decode()
    print(_UNSAFE_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def warn_unreadable(number: int | msgspec.UnsetType) -> None:
    """Print how many documents the results omit, if any."""
    if number:
        what = "document was" if number == 1 else "documents were"
        print(
            f"{number} {what} omitted: written by another version of movietag. `movietag recount`"
            " rewrites them.",
            file=sys.stderr,
        )


def print_near(conditions: tuple[str, ...] | msgspec.UnsetType) -> None:
    """Print that no title fits these conditions, so that near ones follow; nothing without conditions."""
    if conditions:
        print(plain(f"No exact match for {', '.join(conditions)}; near titles:"))


def print_left_out(left_out: LeftOut | msgspec.UnsetType) -> None:
    """Print how many movies without images are left out, and the command that lists them, too."""
    if isinstance(left_out, msgspec.UnsetType):
        return
    many = left_out.movies > 1
    are = f"{left_out.movies} movies without images are" if many else "1 movie without images is"
    they = "they do" if many else "it does"
    print(f"{are} left out: what {they} not show is not known. Also with them:")
    print(plain(f"  movietag search {shlex.quote(left_out.query)}"))


def print_reading(reading: QueryReading | msgspec.UnsetType, command: str) -> None:
    """Print on stderr how plain words were read, and the commands for their other readings."""
    if isinstance(reading, msgspec.UnsetType):
        return
    near = f" Did you mean {' or '.join(reading.near)}?" if reading.near else ""
    lines = [f"Read as {reading.query} ({reading.meaning}).{near}"]
    lines += [f"  or: movietag {command} {shlex.quote(one.query)}" for one in reading.others]
    for line in lines:
        print(plain(line), file=sys.stderr)


def warn(text: str) -> None:
    """Print a warning on stderr, so that results and JSON stay as they are."""
    Console(stderr=True, highlight=False).print(Text(text, style="yellow"))


class PlainConsole(Console):
    """A console that reports a reader that has gone as ``print`` does."""

    def on_broken_pipe(self) -> None:
        """Raises BrokenPipeError; Rich itself exits with 1."""
        raise BrokenPipeError


def console() -> Console:
    """The console for human-readable output: 80 columns if it is not a terminal."""
    return PlainConsole(highlight=False, soft_wrap=False)
