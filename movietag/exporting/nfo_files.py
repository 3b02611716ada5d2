"""NFO files next to local videos: what is to be written where, and writing it."""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal
from xml.sax.saxutils import escape

from movietag.crawl.guard import check_path
from movietag.errors import PermanentError, UsageError
from movietag.exporting.catalogue_ids import known_imdb, known_tmdb
from movietag.exporting.nfo import MOST_BYTES, UnusableNfoError, with_tags, xml_text
from movietag.files import replacing
from movietag.records import SourceKind
from movietag.search.naming import latest, named
from movietag.search.results import Movie

NfoAction = Literal["write", "create", "delete", "unchanged", "skip"]
SHARED_NAME: Final = "movie.nfo"


@dataclass(frozen=True, slots=True)
class NfoOptions:
    """What is written: tags of at least ``min_ratio``; ``create``: files that do not exist; ``remove``: no tags."""

    min_ratio: float
    create: bool = False
    remove: bool = False


@dataclass(frozen=True, slots=True)
class NfoStep:
    """What happens to an NFO file; ``before`` and ``after`` are its content, None if it does not exist."""

    path: str
    movie: str
    action: NfoAction
    tags: tuple[str, ...] = ()
    reason: str = ""
    before: bytes | None = field(default=None, repr=False)
    after: bytes | None = field(default=None, repr=False)


def nfo_steps(
    movies: Iterable[Movie], selected: set[str], roots: Sequence[Path], options: NfoOptions
) -> Iterator[NfoStep]:
    """What to do with the NFO files of the selected movies' local videos, by path.

    ``movies`` are all of the library, so a file that belongs to two is recognised. Nothing is written.
    """
    claims: dict[Path, dict[str, Movie]] = defaultdict(dict)
    for movie in latest(movies):
        for text in _local_files(movie):
            try:
                video = check_path(text, roots, "file")
                for path in _nfo_paths(video):
                    claims[path][movie.movie_id] = movie
            except PermanentError as error:
                if movie.movie_id in selected:
                    yield NfoStep(text, named(movie.title, movie.year), "skip", reason=error.reason)
    for path, claiming in sorted(claims.items()):
        if selected.isdisjoint(claiming):
            continue
        first = next(iter(claiming.values()))
        name = named(first.title, first.year)
        if len(claiming) > 1:
            others = ", ".join(named(one.title, one.year) for one in claiming.values())
            yield NfoStep(str(path), name, "skip", reason=f"it belongs to several movies: {others}")
        else:
            yield _step(path, first, roots, options)


def carry_out(step: NfoStep) -> None:
    """Write a step's file, whole or not at all, with its permissions and owner; or delete it.

    Raises:
        UsageError: it cannot be written, or somebody else has changed it since it was read.
    """
    path = Path(step.path).resolve()
    if _content(path) != step.before:
        raise UsageError(f"{path} has changed meanwhile: repeat the command.")
    if step.after is None:
        path.unlink()
        return
    with replacing(path) as part:
        part.write_bytes(step.after)
        if step.before is not None:
            known = path.stat()
            part.chmod(stat.S_IMODE(known.st_mode))
            with suppress(PermissionError):  # only root may give files to others
                os.chown(part, known.st_uid, known.st_gid)


def new_nfo(movie: Movie) -> bytes:
    """An NFO file with what is known of a movie, without tags."""
    ids = {"imdb": known_imdb(movie.movie_id), "tmdb": known_tmdb(movie.movie_id)}
    lines = [
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>',
        "<!-- created by movietag -->",
        "<movie>",
        f"    <title>{escape(xml_text(movie.title))}</title>",
        *([f"    <year>{movie.year}</year>"] if movie.year else []),
        *(
            f'    <uniqueid type="{kind}" default="true">{known}</uniqueid>'
            for kind, known in ids.items()
            if known is not None
        ),
        "</movie>",
    ]
    return ("\n".join(lines) + "\n").encode()


def strong_tags(movie: Movie, min_ratio: float) -> tuple[str, ...]:
    """The movie's tags of at least a ratio, the highest first; none unless it is complete."""
    if movie.status != "complete":
        return ()
    return tuple(tag for tag, one in movie.tags.items() if one.ratio >= min_ratio)


def _local_files(movie: Movie) -> list[str]:
    return [
        video.url
        for video in movie.videos
        if video.source == SourceKind.FILE and video.status == "fetched"
    ]


def _nfo_paths(video: Path) -> list[Path]:
    """The NFO files that players read for a video: those that exist, else the one named after it."""
    own, shared = video.with_suffix(".nfo"), video.with_name(SHARED_NAME)
    return [path for path in (own, shared) if path.exists()] or [own]


def _step(path: Path, movie: Movie, roots: Sequence[Path], options: NfoOptions) -> NfoStep:
    name = named(movie.title, movie.year)
    tags = () if options.remove else strong_tags(movie, options.min_ratio)
    try:
        if not options.remove and movie.status != "complete":
            raise UnusableNfoError(f"the movie is {movie.status}")
        before = _content(path)
        if before is not None:
            check_path(str(path), roots, "file")  # a link may lead elsewhere
        after = _changed(before, movie, tags, options)
    except PermanentError as error:
        return NfoStep(str(path), name, "skip", reason=error.reason)
    except UsageError as error:
        return NfoStep(str(path), name, "skip", tags, str(error))
    except OSError as error:
        return NfoStep(str(path), name, "skip", tags, f"it cannot be read: {error.strerror}")
    return NfoStep(str(path), name, _action(before, after), tags, before=before, after=after)


def _changed(
    before: bytes | None, movie: Movie, tags: Sequence[str], options: NfoOptions
) -> bytes | None:
    """The content afterwards; None: there is no file.

    Raises:
        UnusableNfoError: it must stay as it is, or may not be created.
    """
    if before is None and not tags:
        return None
    if before is None and not options.create:
        raise UnusableNfoError("it does not exist; --create writes it")
    after = with_tags(new_nfo(movie) if before is None else before, tags)
    return None if options.remove and after == new_nfo(movie) else after


def _action(before: bytes | None, after: bytes | None) -> NfoAction:
    if before == after:
        return "unchanged"
    if before is None:
        return "create"
    return "delete" if after is None else "write"


def _content(path: Path) -> bytes | None:
    """The content of a file, a little more than an NFO file may have at most; None if it does not exist."""
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return None
