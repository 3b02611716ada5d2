"""What `movietag add --folder` makes of a folder: its films, which of them are new, and what it prints of the rest."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec

from movietag.cli.output import plain, run, warn
from movietag.errors import TransientError, UsageError
from movietag.records import SourceKind
from movietag.rules.film_files import FolderFilm, FolderFilms, films_of, utf8
from movietag.rules.title_lists import ListedTitle
from movietag.search.client import NoIndexError
from movietag.search.naming import named
from movietag.search.reader import reader
from movietag.search.results import Movie
from movietag.settings import Settings

SECONDS: Final = 10.0  # for Elasticsearch
AT_A_TIME: Final = 50  # films that are looked up in one query
MOST_SHOWN: Final = 10

FilmState = Literal["new", "known", "other videos"]


class FolderTitle(msgspec.Struct, frozen=True):
    """A film of a folder; ``state``: whether the library has it, and with these files."""

    movie_id: str
    title: str
    year: int | None
    files: tuple[str, ...]
    state: FilmState


class FolderReport(msgspec.Struct, frozen=True):
    """What a folder holds: its films, videos that have no title (with the reason), and what is no film."""

    folder: str
    films: tuple[FolderTitle, ...]
    unread: Mapping[str, str]
    left_out: Mapping[str, int]
    no_videos: Mapping[str, int]


def folder_titles(
    folder: Path, settings: Settings, *, refresh: bool
) -> tuple[list[ListedTitle], FolderReport]:
    """The titles of a folder that are to be sent, and all that it holds.

    ``refresh``: also those that the library has.

    Raises:
        UsageError: it cannot be listed, or holds no video.
    """
    at = Path(os.path.normpath(folder.absolute()))
    found = films_of(at, _files_below(at))
    if not found.films and not found.unread:
        raise UsageError(f"{at} has no videos{_others(found)}.")
    movies = run(known_movies(settings, [film.title.movie_id for film in found.films]))
    films = tuple(_film(film, movies.get(film.title.movie_id)) for film in found.films)
    listed = [
        ListedTitle(0, film.text, known.files)
        for film, known in zip(found.films, films, strict=True)
        if refresh or known.state == "new"
    ]
    return listed, FolderReport(utf8(str(at)), films, found.unread, found.left_out, found.no_videos)


def tell_folder(report: FolderReport, *, refresh: bool) -> None:
    """Print what a folder holds besides what is sent: counts, and ten at most of what needs attention."""
    videos = sum(len(film.files) for film in report.films)
    known = sum(film.state == "known" for film in report.films)
    print(
        plain(
            f"{report.folder}: {_counted(videos, 'video')} of {_counted(len(report.films), 'film')}"
        )
    )
    if known and not refresh:
        print(f"  {known:,} in the library already, with these files; --refresh tags them again")
    for what, count in report.left_out.items():
        print(f"  left out: {count:,} {what}")
    if total := sum(report.no_videos.values()):
        kinds = sorted(report.no_videos, key=lambda kind: (-report.no_videos[kind], kind))
        shown = ", ".join(kind or "without a suffix" for kind in kinds[:5])
        print(
            plain(
                f"  no videos: {_counted(total, 'file')} ({shown}{', …' if len(kinds) > 5 else ''})"
            )
        )
    _list("several files are one film", [_files(one) for one in report.films if len(one.files) > 1])
    _list("no year in the name", [_files(one) for one in report.films if one.year is None])
    if not refresh:
        others = [_files(one) for one in report.films if one.state == "other videos"]
        _list("in the library with other videos; --refresh takes these instead", others)


def tell_films(report: FolderReport) -> None:
    """Print the films of a folder, as they are read: title, year, and the files below it."""
    for film in report.films:
        state = "" if film.state == "new" else f"  ({film.state})"
        print(plain(f"{named(film.title, film.year)}  {film.movie_id}{state}"))
        for path in film.files:
            print(plain(f"    {Path(path).relative_to(report.folder)}"))


def _list(what: str, lines: Sequence[str]) -> None:
    for line in lines[:MOST_SHOWN]:
        warn(plain(f"{what}: {line}"))
    if len(lines) > MOST_SHOWN:
        warn(f"{what}: … and {len(lines) - MOST_SHOWN:,} more (all of them: --dry-run --json)")


def _files(film: FolderTitle) -> str:
    return f"{named(film.title, film.year)}: {', '.join(Path(path).name for path in film.files)}"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _others(found: FolderFilms) -> str:
    total = sum(found.no_videos.values()) + sum(found.left_out.values())
    return f", only {_counted(total, 'other file')}" if total else ""


def _files_below(folder: Path) -> Iterator[Path]:
    """The files in a folder and its sub-folders; hidden folders and links to folders are passed over."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder.")
    unlisted: list[OSError] = []
    for at, folders, names in os.walk(folder, onerror=unlisted.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(at, name) for name in names)
    for error in unlisted:
        if error.filename == str(folder):
            raise UsageError(f"{folder} cannot be listed: {error.strerror}.")
        warn(plain(f"{error.filename} cannot be listed: {error.strerror}; its films are left out."))


async def known_movies(settings: Settings, ids: Sequence[str]) -> dict[str, Movie]:
    """The movies of the library with these ids, by id; none where Elasticsearch does not answer."""
    movies: dict[str, Movie] = {}
    try:
        async with asyncio.timeout(SECONDS), reader(settings) as library:
            for start in range(0, len(ids), AT_A_TIME):
                for found in await library.movies_named(ids[start : start + AT_A_TIME]):
                    movies |= {one.movie_id: one for one in found}
    except NoIndexError:  # it is made by the first document
        pass
    except (TransientError, TimeoutError):
        warn(
            "Elasticsearch does not answer: what the library has is sent, too, and changes nothing."
        )
    return movies


def _film(film: FolderFilm, movie: Movie | None) -> FolderTitle:
    files = tuple(map(str, film.files))
    title = film.title
    return FolderTitle(title.movie_id, title.title, title.year, files, _state(film, movie))


def _state(film: FolderFilm, movie: Movie | None) -> FilmState:
    if movie is None or movie.status == "failed":
        return "new"
    known = {video.url for video in movie.videos if video.source == SourceKind.FILE}
    return "known" if {os.path.realpath(path) for path in film.files} <= known else "other videos"
