"""``movietag add``: sends titles."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from movietag.adding import Added, message, send_titles, validated
from movietag.cli.output import JsonOption, command, plain, print_json, run, warn
from movietag.errors import UsageError
from movietag.local.drawings import NOTE, serves_drawings_only
from movietag.rules.envelopes import FORM
from movietag.rules.titles import is_json
from movietag.settings import get_settings

MOST_SHOWN: Final = 10  # refused titles


class AddedTitles(msgspec.Struct, frozen=True):
    """The titles that were sent."""

    added: tuple[Added, ...]


@command
def add(
    titles: Annotated[
        list[str] | None,
        typer.Argument(
            help="Titles with their years, e.g. `The Matrix (1999)`; names of files and JSON, too."
        ),
    ] = None,
    url: Annotated[
        list[str] | None,
        typer.Option(help="URL of a video of the title, instead of a search; may be repeated."),
    ] = None,
    file: Annotated[
        list[Path] | None,
        typer.Option(help="A video file of the title, below a folder of MOVIETAG_ROOTS."),
    ] = None,
    images: Annotated[
        list[Path] | None,
        typer.Option(help="A folder of pictures, below a folder of MOVIETAG_ROOTS."),
    ] = None,
    from_: Annotated[
        Path | None, typer.Option("--from", help="A file with one title per line; `-` for stdin.")
    ] = None,
    refresh: Annotated[bool, typer.Option(help="Search and tag an existing movie again.")] = False,
    json: JsonOption = False,
) -> None:
    """Add movies by title.

    Give the year: a title without it is another movie. If one title is refused, none is added.

    Example: movietag add "The Matrix (1999)" "Heat (1995)"
    """
    sources = {
        "urls": list(url or ()),
        "files": [str(path.absolute()) for path in file or ()],
        "images": [str(path.absolute()) for path in images or ()],
    }
    lines = [*(titles or ()), *_lines(from_)]
    if not lines:
        raise UsageError('No title given. Example: movietag add "The Matrix (1999)"')
    if any(sources.values()) and len(lines) != 1:
        raise UsageError("--url, --file and --images need exactly one title.")
    values, added = _checked(lines, sources, refresh=refresh)
    if not any(sources.values()):
        warn_of_files(titles or ())
    run(send_titles(get_settings(), values))
    if serves_drawings_only(get_settings()):
        warn(NOTE)
    if json:
        print_json(added)
        return
    for item in added.added:
        print(f"added {plain(item.title)}{f' ({item.year})' if item.year else ''}  {item.movie_id}")
    print("Watch their progress with: movietag watch")


def warn_of_files(titles: Sequence[str]) -> None:
    """Say that a file of this machine is named, but only its title is taken."""
    for title in titles:
        if not is_json(title) and _is_file(title):
            warn(
                f"{plain(title)} is a file here: its title is read, and videos of that are searched for. To tag the"
                " file itself, name it with --file, too."
            )


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # too long for a path, or with a NUL
        return False


def _checked(
    lines: list[str], sources: dict[str, list[str]], *, refresh: bool
) -> tuple[list[bytes], AddedTitles]:
    """The messages of titles, and what they add; all that are refused are said at once, ten at most."""
    values: list[bytes] = []
    added: list[Added] = []
    refused: list[UsageError] = []
    for line in lines:
        try:
            values.append(message(line, sources, refresh=refresh))
            added.append(validated(values[-1], get_settings()))
        except UsageError as error:
            refused.append(error)
    if len(refused) == 1:
        raise refused[0]
    if refused:
        for refusal in refused[:MOST_SHOWN]:
            warn(plain(str(refusal).removesuffix(FORM)))
        raise UsageError(f"{len(refused)} of {len(lines)} titles are refused, so none was added.")
    return values, AddedTitles(tuple(added))


def _lines(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"Cannot read titles from {path}: {error}.") from None
    return [line.strip() for line in text.splitlines() if line.strip()]
