"""Put Big Buck Bunny through the pipeline, and draw a contact sheet of it: ``make real-film``.

The model is that of the settings (MOVIETAG_MODEL, MOVIETAG_MODEL_PATH). The packaged one knows drawings only: what
it says of a real film is nonsense, and shows no more than that every frame comes through.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

from movietag.adding import message, send_titles
from movietag.cli.output import console
from movietag.cli.up import ProgressLines
from movietag.cli.watch import follow
from movietag.demo.checking import wait_until_searchable
from movietag.errors import MovietagError
from movietag.files import write_whole
from movietag.frames.store import FrameStore
from movietag.local.drawings import NOTE, serves_drawings_only
from movietag.local.stack import Stack
from movietag.records import MovieId
from movietag.search.reader import reader
from movietag.search.results import Frame, Movie
from movietag.search.scenes import frames
from movietag.settings import Settings, get_settings
from tools.real_film.fetching import ATTRIBUTION, TITLE, film
from tools.real_film.sheet import Cell, contact_sheet

SLOTS = 50  # at least: the film takes ten minutes
SECONDS = 3600.0  # that a model on a CPU may take
out = console()


def settings_for(base: Settings, folder: Path) -> Settings:
    """A stack of its own that reads the film's folder, and stores frames for the sheet."""
    return base.model_copy(
        update={
            "home": base.home.expanduser().absolute() / "real-film",
            "roots": (folder,),
            "frame_store": str(folder / "frames"),
            "slots": max(base.slots, SLOTS),
        }
    )


def cells(store: FrameStore, movie: Movie, rows: dict[int, Frame]) -> list[Cell]:
    """Every slot of the movie's video, in order."""
    [kept] = store.of_movie(MovieId(movie.movie_id))
    manifest = kept.manifest
    made = [
        Cell(
            slot.slot,
            slot.time,
            store.read(manifest.movie_id, manifest.video_id, slot.slot),
            rows[slot.slot].caption if slot.slot in rows else "(no caption)",
            rows[slot.slot].tags if slot.slot in rows else (),
            "",
        )
        for slot in manifest.slots
    ]
    made += [Cell(slot.slot, None, None, "", (), slot.reason) for slot in manifest.dropped]
    return sorted(made)


async def tag(settings: Settings, path: Path) -> tuple[Movie, dict[int, Frame]]:
    """The movie once it is complete and searchable, and its frames by slot.

    Raises:
        MovietagError: it is not complete in time.
    """
    await send_titles(settings, [message(TITLE, {"files": [str(path)]}, refresh=False)])
    if not await follow(settings, [TITLE], wait=True, seconds=SECONDS):
        raise MovietagError(f"{TITLE} is not complete after {SECONDS:.0f} s.")
    await wait_until_searchable(settings)
    async with reader(settings) as library:
        movie = await library.movie(TITLE)
        everything = await frames(
            library, library.parse(f'title:"{movie.title}"', "frames"), 10_000
        )
    return movie, {frame.slot: frame for frame in everything if frame.movie_id == movie.movie_id}


def main() -> None:
    """Fetch, tag, draw; print the tags and where the sheet is."""
    parser = argparse.ArgumentParser(prog="python -m tools.real_film", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path.home() / ".cache/movietag-real-film")
    folder = parser.parse_args().folder.expanduser().absolute()
    settings = settings_for(get_settings(), folder)
    path = film(folder)
    out.print(ATTRIBUTION, highlight=False)
    if serves_drawings_only(settings):
        out.print(NOTE, highlight=False)
    stack = Stack(settings, owner=os.getpid())
    lines = ProgressLines(out)
    try:
        stack.start(progress=lines)
        movie, rows = asyncio.run(tag(settings, path))
    finally:
        lines.close()
        stack.down()
        stack.reset()  # so that the next run starts from nothing, whatever its settings
    sheet = cells(FrameStore.needed(settings), movie, rows)
    dropped = sum(cell.jpeg is None for cell in sheet)
    heading = f"{TITLE}: {movie.images} frames counted, {dropped} slots dropped; {movie.tagger}"
    write_whole(folder / "sheet.png", contact_sheet(sheet, f"{heading}.  {ATTRIBUTION}"))
    out.print(f"\n{heading}")
    for name, count in list(movie.tags.items())[:10]:
        out.print(f"  {name}: {count.count} ({count.ratio:.0%})", highlight=False)
    out.print(f"The contact sheet: {folder / 'sheet.png'}", soft_wrap=True)


if __name__ == "__main__":
    try:
        main()
    except MovietagError as error:
        sys.exit(f"real-film: {error}")
