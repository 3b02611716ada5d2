"""``movietag frames``: the frames that are kept."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from movietag.cli.kept_movies import KeptMovieRow, ListedMovies, chosen, kept_movies, listed, shown
from movietag.cli.output import FOUND, NOTHING, command, console, plain, print_json
from movietag.errors import UsageError
from movietag.files import write_whole
from movietag.frames.kept import component, frame_name
from movietag.frames.store import FrameStore
from movietag.search.naming import named, timecode
from movietag.settings import get_settings

app = typer.Typer(help="Kept frames: list, show, export, prune.", no_args_is_help=True)

Movie = Annotated[str, typer.Argument(help="Title, with or without its year, or movie id.")]


@app.command("list")
@command
def list_(json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the movies whose frames are kept.

    Example: movietag frames list
    """
    store = FrameStore.needed(get_settings())
    with _counting("movies") as told:
        found = []
        for movie in kept_movies(store):
            found.append(listed(movie))
            told(len(found))
    found.sort(key=lambda movie: (movie.title.casefold(), movie.year or 0, movie.movie_id))
    if json:
        print_json(ListedMovies(store.url, tuple(found)))
    else:
        _print_list(store, found)
    sys.exit(FOUND if found else NOTHING)


@app.command()
@command
def show(
    movie: Movie, json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """Show which frames of a movie are kept: by video, with their slots and times.

    Example: movietag frames show "Heat (1995)"
    """
    (found,) = chosen(FrameStore.needed(get_settings()), [movie])
    if json:
        print_json(shown(found))
        return
    out = console()
    out.print(Text(plain(named(found.title, found.year)), style="bold"))
    for video in shown(found).videos:
        out.print(Text(plain(f"{video.video_id}  {video.title}")))
        times = ", ".join(f"{frame.slot} at {timecode(frame.time)}" for frame in video.frames)
        out.print(Text(f"  {times or 'no frame'}"))


@app.command()
@command
def export(
    movie: Movie,
    folder: Annotated[Path, typer.Argument(help="Folder to write to; it is made.")],
) -> None:
    """Write the kept frames of a movie as pictures: a folder for each video, a file for each slot.

    The pictures are other people's: mind what you do with them.

    Example: movietag frames export "Heat (1995)" heat-frames
    """
    store = FrameStore.needed(get_settings())
    (found,) = chosen(store, [movie])
    written = 0
    with _counting("frames") as told:
        for kept in found.records:
            place = folder / component(kept.job.video.video_id)
            try:
                place.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise UsageError(f"{place} cannot be made: {error.strerror or error}.") from None
            for slot in kept.manifest.slots:
                video, generation = kept.manifest.video_id, kept.manifest.generation
                jpeg = store.read(found.movie_id, video, slot.slot, generation)
                if jpeg is not None:
                    write_whole(place / frame_name(slot.slot), jpeg)
                    written += 1
                    told(written)
    print(
        f"{folder}: {written} of {found.frames} frames of {plain(named(found.title, found.year))}."
    )
    sys.exit(FOUND if written == found.frames else NOTHING)


@app.command()
@command
def prune(
    days: Annotated[
        float | None,
        typer.Option(min=0, help="Default: the setting MOVIETAG_FRAME_STORE_DAYS."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete the frames that were kept longer ago. The fetch stage does so by itself, too.

    Example: movietag frames prune --days 7
    """
    store = FrameStore.needed(get_settings())
    wanted = get_settings().frame_store_days if days is None else days
    if days is None and not wanted:
        raise UsageError("MOVIETAG_FRAME_STORE_DAYS is 0, for ever. Say how old: --days 30")
    if not yes:
        typer.confirm(
            f"Delete what was kept in {store.url} more than {wanted:g} days ago?", abort=True
        )
    with _counting("videos deleted") as told:
        deleted = store.prune(datetime.now(UTC) - timedelta(days=wanted), told)
    print(f"The frames of {deleted} videos are deleted.")


def _print_list(store: FrameStore, found: list[KeptMovieRow]) -> None:
    out = console()
    if not found:
        out.print(Text(plain(f"No frames are kept in {store.url}.")))
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("Title", overflow="fold")
    table.add_column("Videos", justify="right")
    table.add_column("Frames", justify="right")
    table.add_column("Id", overflow="fold")
    for movie in found:
        title = Text(plain(named(movie.title, movie.year)))
        table.add_row(title, str(movie.videos), str(movie.frames), Text(plain(movie.movie_id)))
    out.print(table)


@contextmanager
def _counting(what: str) -> Iterator[Callable[[int], None]]:
    """A count on a terminal, of what nobody knows the number of beforehand."""
    out = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.completed:,} {task.description}"))
    with Progress(*columns, console=out, transient=True, disable=not out.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done: bar.update(task, completed=done)
