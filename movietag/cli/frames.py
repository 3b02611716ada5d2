"""``movietag frames``: lists, exports and prunes the frame store."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from movietag.cli.bars import running_count
from movietag.cli.completing import complete_titles
from movietag.cli.kept_movies import (
    KeptMovieRow,
    ListedMovies,
    details_of,
    kept_movie_row,
    kept_movies,
    select_movies,
)
from movietag.cli.output import (
    FOUND,
    NOTHING,
    JsonOption,
    YesOption,
    command,
    console,
    plain,
    print_json,
    run,
)
from movietag.errors import UsageError
from movietag.files import write_whole
from movietag.frames.kept import component, frame_name
from movietag.frames.store import FrameStore
from movietag.search.naming import named, timecode
from movietag.settings import get_settings

app = typer.Typer(help="Stored frames: list, show, export, prune.", no_args_is_help=True)

Movie = Annotated[
    str,
    typer.Argument(
        help="Title, with or without its year, or movie id.", autocompletion=complete_titles
    ),
]


@app.command("list")
@command
def list_(json: JsonOption = False) -> None:
    """List the movies with stored frames.

    Example: movietag frames list
    """
    store = FrameStore.needed(get_settings())
    with running_count("movies") as on_count:
        rows = []
        for movie in kept_movies(store):
            rows.append(kept_movie_row(movie))
            on_count(len(rows))
    rows.sort(key=lambda movie: (movie.title.casefold(), movie.year or 0, movie.movie_id))
    if json:
        print_json(ListedMovies(store.url, tuple(rows)))
    else:
        _print_list(store, rows)
    sys.exit(FOUND if rows else NOTHING)


@app.command()
@command
def show(movie: Movie, json: JsonOption = False) -> None:
    """Show the stored frames of a movie: by video, with slots and times.

    Example: movietag frames show "Heat (1995)"
    """
    (kept,) = run(select_movies(get_settings(), FrameStore.needed(get_settings()), [movie]))
    if json:
        print_json(details_of(kept))
        return
    out = console()
    out.print(Text(plain(named(kept.title, kept.year)), style="bold"))
    for video in details_of(kept).videos:
        out.print(Text(plain(f"{video.video_id}  {video.title}")))
        times = ", ".join(f"{frame.slot} at {timecode(frame.time)}" for frame in video.frames)
        out.print(Text(f"  {times or 'no frame'}"))


@app.command()
@command
def export(
    movie: Movie,
    folder: Annotated[Path, typer.Argument(help="Folder to write to; created if missing.")],
) -> None:
    """Write the stored frames of a movie as JPEGs: a folder per video, a file per slot.

    The pictures may be under copyright: mind what you do with them.

    Example: movietag frames export "Heat (1995)" heat-frames
    """
    store = FrameStore.needed(get_settings())
    (stored,) = run(select_movies(get_settings(), store, [movie]))
    written = 0
    with running_count("frames") as on_count:
        for kept in stored.records:
            video_folder = folder / component(kept.job.video.video_id)
            try:
                video_folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise UsageError(
                    f"Cannot create {video_folder}: {error.strerror or error}."
                ) from None
            for slot in kept.manifest.slots:
                video, generation = kept.manifest.video_id, kept.manifest.generation
                jpeg = store.read(stored.movie_id, video, slot.slot, generation)
                if jpeg is not None:
                    write_whole(video_folder / frame_name(slot.slot), jpeg)
                    written += 1
                    on_count(written)
    print(
        f"{folder}: {written} of {stored.frames} frames of {plain(named(stored.title, stored.year))}."
    )
    sys.exit(FOUND if written == stored.frames else NOTHING)


@app.command()
@command
def prune(
    days: Annotated[
        float | None,
        typer.Option(min=0, help="Age in days; default: MOVIETAG_FRAME_STORE_DAYS."),
    ] = None,
    yes: YesOption = False,
) -> None:
    """Delete frames stored more than some days ago. The fetch stage also does this periodically.

    Example: movietag frames prune --days 7
    """
    store = FrameStore.needed(get_settings())
    age = get_settings().frame_store_days if days is None else days
    if days is None and not age:
        raise UsageError(
            "MOVIETAG_FRAME_STORE_DAYS is 0 (never expire). Name an age, e.g. --days 30"
        )
    if not yes:
        typer.confirm(
            f"Delete the frames stored in {store.url} more than {age:g} days ago?", abort=True
        )
    with running_count("videos deleted") as on_count:
        deleted = store.prune(datetime.now(UTC) - timedelta(days=age), on_count)
    print(f"Deleted the frames of {deleted} videos.")


def _print_list(store: FrameStore, rows: list[KeptMovieRow]) -> None:
    out = console()
    if not rows:
        out.print(Text(plain(f"No frames are stored in {store.url}.")))
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("Title", overflow="fold")
    table.add_column("Videos", justify="right")
    table.add_column("Frames", justify="right")
    table.add_column("Id", overflow="fold")
    for movie in rows:
        title = Text(plain(named(movie.title, movie.year)))
        table.add_row(title, str(movie.videos), str(movie.frames), Text(plain(movie.movie_id)))
    out.print(table)
