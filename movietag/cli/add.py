"""``movietag add``: titles in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from movietag.adding import Added, message, send_titles, validated
from movietag.cli.output import command, plain, print_json, run
from movietag.errors import UsageError
from movietag.settings import get_settings


class AddedTitles(msgspec.Struct, frozen=True):
    """The titles that were sent."""

    added: tuple[Added, ...]


@command
def add(
    titles: Annotated[
        list[str] | None, typer.Argument(help="Titles, such as `The Matrix (1999)`, or JSON.")
    ] = None,
    url: Annotated[
        list[str] | None, typer.Option(help="A video of the one title; instead of a search.")
    ] = None,
    file: Annotated[
        list[Path] | None, typer.Option(help="A video file, below one of MOVIETAG_ROOTS.")
    ] = None,
    images: Annotated[
        list[Path] | None, typer.Option(help="A folder of pictures, below one of MOVIETAG_ROOTS.")
    ] = None,
    from_: Annotated[
        Path | None, typer.Option("--from", help="A file with one title a line; `-` for stdin.")
    ] = None,
    refresh: Annotated[bool, typer.Option(help="Find and tag the movie anew.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Add movies by their titles.

    Example: movietag add "The Matrix (1999)" "Heat (1995)"
    """
    places = {
        "urls": list(url or ()),
        "files": [str(path.absolute()) for path in file or ()],
        "images": [str(path.absolute()) for path in images or ()],
    }
    lines = [*(titles or ()), *_lines(from_)]
    if not lines:
        raise UsageError('No title. Example: movietag add "The Matrix (1999)"')
    if any(places.values()) and len(lines) != 1:
        raise UsageError("--url, --file and --images belong to one title; give exactly one.")
    values = [message(line, places, refresh=refresh) for line in lines]
    added = AddedTitles(tuple(validated(value, get_settings()) for value in values))
    run(send_titles(get_settings(), values))
    if json:
        print_json(added)
        return
    for item in added.added:
        print(f"added {plain(item.title)}{f' ({item.year})' if item.year else ''}  {item.movie_id}")
    print("Watch them with: movietag watch")


def _lines(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The titles cannot be read from {path}: {error}.") from None
    return [line.strip() for line in text.splitlines() if line.strip()]
