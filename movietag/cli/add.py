"""``movietag add``: sends titles."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from movietag.adding import send_titles
from movietag.cli.ahead import progress_within
from movietag.cli.bars import count_bar
from movietag.cli.checked_titles import AddedTitles, check_titles, refuse, tell_equal
from movietag.cli.many_titles import confirm_many
from movietag.cli.output import JsonOption, command, plain, print_json, run, warn
from movietag.errors import UsageError
from movietag.local.drawings import NOTE, serves_drawings_only
from movietag.local.stages import ask_stages
from movietag.rules.title_lists import ListedTitle, column_names, read_list
from movietag.rules.titles import is_json
from movietag.settings import Settings, get_settings

MANY: Final = 20  # titles that are listed one by one
STOPPED: Final = 130  # 128 + SIGINT, as shells report it


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
        Path | None,
        typer.Option(
            "--from",
            help="A file with one title per line, or a table (CSV) with a heading; `-` for stdin.",
        ),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            help="A column of that table and what it holds, e.g. id=tmdb; by default as MovieLens, IMDb, TMDB and"
            " Letterboxd name theirs. May be repeated."
        ),
    ] = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Add the others if some titles are refused.")
    ] = False,
    bulk: Annotated[
        bool | None,
        typer.Option(
            help="Let everything else go before these titles: searched and fetched while little else waits."
            " By default with --from."
        ),
    ] = None,
    refresh: Annotated[bool, typer.Option(help="Search and tag an existing movie again.")] = False,
    yes: Annotated[
        bool,
        typer.Option(
            "--yes", "-y", help="Do not ask where many movies are forgotten or tagged again."
        ),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Add movies by title.

    Give the year: a title without it is another movie. If one title is refused, none is added. More than a few
    percent of all movies are forgotten or tagged again (`refresh`) only after a confirmation.

    Examples: movietag add "The Matrix (1999)" "Heat (1995)"; movietag add --from movies.csv --skip-bad
    """
    sources = {
        "urls": list(url or ()),
        "files": [str(path.absolute()) for path in file or ()],
        "images": [str(path.absolute()) for path in images or ()],
    }
    listed = [*(ListedTitle(0, title) for title in titles or ())]
    listed += listed_titles(from_, column_names(column or ()))
    if not listed:
        raise UsageError('No title given. Example: movietag add "The Matrix (1999)"')
    if any(sources.values()) and len(listed) != 1:
        raise UsageError("--url, --file and --images need exactly one title.")
    values, added = check_titles(listed, sources, get_settings(), refresh=refresh)
    refuse(added.refused, len(listed), skip_bad=skip_bad)
    if not any(sources.values()):
        warn_of_files(titles or ())
    if not yes:
        confirm_many(values)
    _send(values, bulk=from_ is not None if bulk is None else bulk)
    if serves_drawings_only(get_settings()):
        warn(NOTE)
    tell_equal(added.equal)
    if json:
        print_json(added)
    else:
        _tell(added)
        tell_ahead(get_settings(), len(values))


def tell_ahead(settings: Settings, sent: int) -> None:
    """Print when all titles will be done, if the servers say so."""
    progress = run(progress_within(settings, ask_stages(settings), sent))
    if progress and progress.text:
        print(plain(f"With what waits: {progress.text}."))


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


def _send(values: list[bytes], *, bulk: bool) -> None:
    """Send the titles with a bar; one who stops it hears how far it came."""
    sent = 0
    with count_bar(disable=len(values) < MANY) as bar:
        task = bar.add_task("Sending titles", total=len(values))

        def report(done: int) -> None:
            nonlocal sent
            sent = done
            bar.update(task, completed=done)

        try:
            run(send_titles(get_settings(), values, report, bulk=bulk))
        except KeyboardInterrupt:
            bar.stop()
            warn(
                f"Stopped: sent {sent:,} of {len(values):,} titles, perhaps some more. To send the rest, send the whole"
                " list again: what is there already is not done twice."
            )
            raise typer.Exit(STOPPED) from None


def _tell(added: AddedTitles) -> None:
    if len(added.added) > MANY:
        movies = len({one.movie_id for one in added.added})
        print(f"sent {len(added.added):,} titles, of {movies:,} movies")
    else:
        for item in added.added:
            year = f" ({item.year})" if item.year else ""
            print(f"added {plain(item.title)}{year}  {item.movie_id}")
    print("Watch their progress with: movietag watch")


def listed_titles(path: Path | None, columns: Mapping[str, str]) -> list[ListedTitle]:
    """The titles of a file, of standard input for `-`, or of none; raises UsageError if it cannot be read."""
    if path is None:
        return []
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"Cannot read titles from {path}: {error}.") from None
    return read_list(text, columns)
