"""The files of a folder as films: which are videos, which films they are, and what is left out. Pure.

Files are named as well-kept libraries name them: `Heat (1995).mkv`, `Heat.1995.1080p.mkv`, `Heat (1995)/heat.mkv`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from movietag.errors import UsageError
from movietag.records import Title
from movietag.rules.reading.text import control_in
from movietag.rules.titles import title_of

VIDEO_SUFFIXES: Final = frozenset((
    ".3gp", ".asf", ".avi", ".divx", ".f4v", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts",
    ".ogm", ".ogv", ".ts", ".vob", ".webm", ".wmv",
))  # fmt: skip
"""Of the containers that are decoded (``movietag.frames.opening``); playlists and images of discs are none."""

SAMPLE: Final = "samples of releases"
EXTRA: Final = "extras without a year"
DISC: Final = "copies of discs"
DEEP: Final = 3  # parts of a path that are read: the name and two folders
_DISCS: Final = frozenset(("video_ts", "audio_ts", "bdmv", "certificate"))
_SAMPLES: Final = frozenset(("sample", "samples"))
_EXTRAS: Final = frozenset((
    "extras", "extra", "featurettes", "behind the scenes", "deleted scenes", "interviews", "scenes", "shorts",
    "trailers", "other", "bonus", "specials",
))  # fmt: skip  # as Plex, Jellyfin and Kodi name them


@dataclass(frozen=True, slots=True)
class FolderFilm:
    """A film of a folder: the text of which its title was read, and its files, in the order of their paths."""

    title: Title
    text: str
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class FolderFilms:
    """What a folder holds.

    Attributes:
        films: by path, one per movie id.
        unread: videos of which no title can be read, and why.
        left_out: numbers of videos that are no film by themselves, by kind.
        no_videos: numbers of other files, by suffix in small letters (empty: without one).
    """

    films: tuple[FolderFilm, ...]
    unread: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    no_videos: Mapping[str, int] = field(default_factory=dict)

    @property
    def videos(self) -> int:
        """The number of videos that are a film's."""
        return sum(len(film.files) for film in self.films)


def films_of(folder: Path, files: Iterable[Path]) -> FolderFilms:
    """The films of a folder.

    Args:
        folder: absolute.
        files: below it; hidden ones count for nothing, as what macOS writes beside films.
    """
    films: dict[str, FolderFilm] = {}
    unread: dict[str, str] = {}
    left_out: Counter[str] = Counter()
    no_videos: Counter[str] = Counter()
    for file in sorted(files):
        if file.name.startswith("."):
            continue
        inside = file.relative_to(folder).parts
        if file.suffix.lower() not in VIDEO_SUFFIXES:
            no_videos[utf8(file.suffix.lower())] += 1
            continue
        try:
            _refuse_path(str(file))
            text, title = _read((folder.name, *inside))
        except UsageError as error:
            unread[utf8(str(file))] = str(error)
            continue
        if kind := _left_out(inside, title):
            left_out[kind] += 1
            continue
        known = films.get(title.movie_id)
        films[title.movie_id] = (
            FolderFilm(known.title, known.text, (*known.files, file))
            if known
            else FolderFilm(title, text, (file,))
        )
    return FolderFilms(tuple(films.values()), unread, left_out, no_videos)


def _refuse_path(path: str) -> None:
    """Refuse a path that no message can hold; raises UsageError."""
    try:
        path.encode()
    except UnicodeEncodeError:
        raise UsageError("Its path is not UTF-8; rename it.") from None
    if char := control_in(path):
        raise UsageError(f"Its path has the control character U+{ord(char):04X}; rename it.")


def utf8(text: str) -> str:
    """A text of a path, bytes that are not UTF-8 written out."""
    return text.encode("utf-8", "backslashreplace").decode()


def _read(parts: Sequence[str]) -> tuple[str, Title]:
    """The text that gives the best title: the path, or a folder's name with a year where the path has none.

    Raises:
        UsageError: none does.
    """
    readings = ("/".join(parts[-DEEP:]), parts[-1])  # the first may be too long
    text, title = next(((one, found) for one in readings if (found := _titled(one))), ("", None))
    if title is None or title.year is None:
        *above, folder = parts[:-1]
        of_folder = _titled(folder) if above else None  # the name of the whole folder is no film's
        if of_folder and of_folder.year is not None:
            return folder, of_folder
    if title is None:
        raise UsageError("Its name gives no title; rename it, e.g. Heat (1995).mkv.")
    return text, title


def _titled(text: str) -> Title | None:
    try:
        title = title_of(text)
    except UsageError:
        return None
    return None if title.title.lower() in VIDEO_SUFFIXES else title


def _left_out(inside: Sequence[str], title: Title) -> str:
    """Why a video is no film by itself; empty if it is one."""
    *folders, name = (part.casefold() for part in inside)
    stem = name.rpartition(".")[0]
    if _DISCS.intersection(folders):
        return DISC
    if _SAMPLES.intersection((*folders[-1:], stem)) or stem.endswith(("-sample", ".sample")):
        return SAMPLE
    if title.year is None and _EXTRAS.intersection(folders):
        return EXTRA
    return ""
