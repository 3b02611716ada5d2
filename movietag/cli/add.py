"""``movietag add``: sends titles."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from movietag.adding import check_folder, send_titles
from movietag.cli.ahead import progress_within
from movietag.cli.bars import count_bar
from movietag.cli.checked_titles import AddedTitles, refuse, tell_equal
from movietag.cli.folder_films import FolderReport, folder_titles, tell_films, tell_folder
from movietag.cli.many_titles import confirm_many
from movietag.cli.output import JsonOption, command, plain, print_json, run, says_when_stopped, warn
from movietag.cli.title_files import listed_titles, refuse_paths, warn_of_files
from movietag.errors import UsageError
from movietag.local.drawings import NOTE, serves_drawings_only
from movietag.local.stages import ask_stages
from movietag.rules.title_lists import ListedTitle, column_names
from movietag.search.naming import named
from movietag.settings import Settings, get_settings
from movietag.steering.title_lists import CheckedTitles, RefusedTitle, check_titles

MANY: Final = 20  # titles that are listed one by one


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
    folder: Annotated[
        Path | None,
        typer.Option(
            help="A folder of films, sub-folders too, below one of MOVIETAG_ROOTS: a title for each, with its files."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be added, and send nothing.")
    ] = False,
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
            " By default with --from and --folder."
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

    Examples: movietag add "The Matrix (1999)" "Heat (1995)"; movietag add --from movies.csv --skip-bad;
    movietag add --folder /films --dry-run
    """
    sources = {
        "urls": list(url or ()),
        "files": [str(path.absolute()) for path in file or ()],
        "images": [str(path.absolute()) for path in images or ()],
    }
    paths = [*sources["files"], *sources["images"], *([str(folder.absolute())] if folder else ())]
    settings, report = refuse_paths(get_settings(), paths), None
    if folder is None:
        listed = [ListedTitle(0, title) for title in titles or ()]
        listed += listed_titles(from_, column_names(column or ()))
    elif titles or from_ or any(sources.values()):
        raise UsageError("--folder goes with no titles, --from, --url, --file or --images.")
    else:
        check_folder(folder.absolute(), settings)
        listed, report = folder_titles(folder, settings, refresh=refresh)
    _require_titles(listed, report, single=any(sources.values()))
    values, checked = check_titles(listed, sources, settings, refresh=refresh)
    added = _with_folder(checked, report)
    refuse(added.refused, len(values) + len(added.refused), skip_bad=skip_bad)
    if not any(sources.values()):
        warn_of_files(titles or ())
    if report and not json:
        tell_folder(report, refresh=refresh)
    if values and not dry_run:
        if not yes:
            confirm_many(values)
        _send(values, bulk=bool(from_ or folder) if bulk is None else bulk)
    tell_equal(added.equal)
    if json:
        print_json(added)
    elif dry_run:
        _tell_dry(added)
    else:
        _tell(added)
        tell_ahead(settings, len(values))


def _require_titles(
    listed: Sequence[ListedTitle], report: FolderReport | None, *, single: bool
) -> None:
    if not listed and report is None:
        raise UsageError('No title given. Example: movietag add "The Matrix (1999)"')
    if single and len(listed) != 1:
        raise UsageError("--url, --file and --images need exactly one title.")


def _with_folder(checked: CheckedTitles, report: FolderReport | None) -> AddedTitles:
    """What was read, with what a folder holds; its videos without a title are refused."""
    unread = report.unread.items() if report else ()
    refused = (RefusedTitle(0, path, f"{path}: {why}") for path, why in unread)
    return AddedTitles(checked.added, (*checked.refused, *refused), checked.equal, report)


def _tell_dry(added: AddedTitles) -> None:
    if added.folder:
        tell_films(added.folder)
    else:
        for one in added.added:
            print(plain(f"{named(one.title, one.year)}  {one.movie_id}"))
    print(f"{len(added.added):,} {'title' if len(added.added) == 1 else 'titles'} would be sent.")


def tell_ahead(settings: Settings, sent: int) -> None:
    """Print when all titles will be done, if the servers say so and some were sent."""
    if not sent:
        return
    progress = run(progress_within(settings, ask_stages(settings), sent))
    if progress and progress.text:
        print(plain(f"With what waits: {progress.text}."))


def _send(values: list[bytes], *, bulk: bool) -> None:
    """Send the titles with a bar; one who stops it hears how far it came."""
    sent = 0
    with count_bar(disable=len(values) < MANY) as bar:
        task = bar.add_task("Sending titles", total=len(values))

        def report(done: int) -> None:
            nonlocal sent
            sent = done
            bar.update(task, completed=done)

        def far() -> str:
            return (
                f"Stopped: sent {sent:,} of {len(values):,} titles, perhaps some more. To send the rest, send the whole"
                " list again: what is there already is not done twice."
            )

        with says_when_stopped(far):
            run(send_titles(get_settings(), values, report, bulk=bulk))
    if serves_drawings_only(get_settings()):
        warn(NOTE)


def _tell(added: AddedTitles) -> None:
    if not added.added:
        print("Nothing is new, so nothing was sent.")
        return
    if len(added.added) > MANY:
        movies = len({one.movie_id for one in added.added})
        print(f"sent {len(added.added):,} titles, of {movies:,} movies")
    else:
        for item in added.added:
            year = f" ({item.year})" if item.year else ""
            print(f"added {plain(item.title)}{year}  {item.movie_id}")
    print("Watch their progress with: movietag watch")
