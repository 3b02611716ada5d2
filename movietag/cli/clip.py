"""``movietag clip``: cuts a clip out of a local video file."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from movietag.cli.output import command, plain, run
from movietag.errors import UsageError
from movietag.files import replacing
from movietag.playing.clips import ClipRange, cut_clip
from movietag.playing.local_files import is_local, local_video
from movietag.search.naming import named
from movietag.search.reader import reader
from movietag.settings import Settings, get_settings


@command
def clip(
    movie: Annotated[
        str, typer.Argument(help="Title, with or without its year, movie id, or path of a file.")
    ],
    start: Annotated[str, typer.Argument(help="Where it starts: 75, 1:15 or 0:01:15.5.")],
    end: Annotated[str, typer.Argument(help="Where it ends.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="MP4 file to write.")],
    video: Annotated[
        str, typer.Option(help="Which file of a movie with several: its id or name.")
    ] = "",
) -> None:
    """Cut a clip out of a video file of this machine; only movies added with --file have one.

    The video is copied unchanged where the clip starts at a keyframe, else encoded again.

    Example: movietag clip "Heat (1995)" 1:15 1:25 -o heat.mp4
    """
    if out.suffix.lower() != ".mp4":
        raise UsageError(f"A clip is an MP4: name it {out.with_suffix('.mp4').name}.")
    part = ClipRange.parse(start, end)
    settings = get_settings()
    path = _file_named(movie) or run(_file_of(settings, movie, video))
    with replacing(out) as written, written.open("wb") as file:
        copied = run(cut_clip(path, part, file, settings, settings.fetch_seconds))
    how = "copied unchanged" if copied else "encoded again: no keyframe is where it starts"
    print(plain(f"{out}: {part.end - part.start:g} s of {path.name}, {how}."))


def _file_named(text: str) -> Path | None:
    """The file at a path; None if the text is no path of a file, but a title."""
    given = Path(text).expanduser()
    written_as_path = os.sep in text or given.suffix
    return given.resolve() if written_as_path and given.is_file() else None


async def _file_of(settings: Settings, text: str, wanted: str) -> Path:
    """The file of a movie.

    Raises:
        UsageError: the movie has no such file, or several, and none is named.
    """
    async with reader(settings) as library:
        movie = await library.movie(text)
    title = named(movie.title, movie.year)
    files = [one for one in movie.videos if is_local(one)]
    if not files:
        raise UsageError(
            f"{title} has no file on this machine: its videos are on sites, which movietag does not store."
        )
    fitting = [one for one in files if wanted in ("", one.video_id, Path(one.url).name)]
    if len(fitting) != 1:
        listed = "\n".join(f"  {one.video_id}  {Path(one.url).name}" for one in files)
        raise UsageError(f"Name one of the files of {title} with --video:\n{listed}")
    (video,) = fitting
    return (await asyncio.to_thread(local_video, video.url, video.video_id, settings.roots)).path
