"""Sources of a data set's frames: anything that lists movies and their frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final, Protocol

from PIL import Image

from movietag.errors import UsageError
from movietag.frames.loading import load_picture
from movietag.research.evaluation.naming import imdb_id
from movietag.research.evaluation.reading import opened
from movietag.research.evaluation.tables import NamedMovie
from movietag.search.naming import split_year

SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp"})
SEEN_FILE: Final = "tags.csv"
LAYOUT: Final = (
    "Name a folder with a folder per movie, named like `Heat (1995)` or by its IMDb id, each with JPEG,"
    " PNG or WebP frames."
)


@dataclass(frozen=True, slots=True)
class SourceFrame:
    """A frame of a movie: a JPEG or PNG, and its origin (a path, or a video and its slot).

    ``tags`` are those visible in this frame; None if unknown.
    """

    origin: str
    data: bytes
    tags: tuple[str, ...] | None = None


class FrameSource(Protocol):
    """Movies with their frames. Nothing is cached between two calls."""

    @property
    def name(self) -> str:
        """The name in texts, and in the description of a data set."""
        ...

    def movies(self) -> Sequence[NamedMovie]:
        """The movies that have a frame, in a fixed order.

        Raises:
            UsageError: there are none, or they cannot be listed.
        """
        ...

    def frames(self, movie: NamedMovie) -> Iterator[SourceFrame]:
        """The frames of one of its movies, in a fixed order, each read on demand.

        Raises:
            UsageError: one cannot be read.
        """
        ...


class FolderSource:
    """A folder per movie. A ``tags.csv`` in it (file_name, tags) names the tags of each frame."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def name(self) -> str:
        """The folder's name."""
        return self._root.name

    def movies(self) -> Sequence[NamedMovie]:
        """The folders that contain a picture, by name."""
        try:
            folders = sorted(one for one in self._root.iterdir() if one.is_dir())
        except OSError as error:
            raise UsageError(
                f"{self._root} cannot be listed: {error.strerror or error}. {LAYOUT}"
            ) from None
        movies = tuple(_movie(folder.name) for folder in folders if _pictures(folder))
        if not movies:
            raise UsageError(f"{self._root}: no folder with a JPEG, PNG or WebP in it. {LAYOUT}")
        return movies

    def frames(self, movie: NamedMovie) -> Iterator[SourceFrame]:
        """The pictures of the movie's folder, by name."""
        folder = self._root / movie.movie_id
        seen = _seen(folder / SEEN_FILE)
        for path in _pictures(folder):
            try:
                data = path.read_bytes()
            except OSError as error:
                raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from None
            origin = f"{movie.movie_id}/{path.name}"
            yield SourceFrame(
                origin, _as_png(data) if _is_webp(data) else data, seen.get(path.name)
            )


def _movie(folder: str) -> NamedMovie:
    title, year = split_year(folder)
    return NamedMovie(folder, title, year, imdb_id(folder) if folder.startswith("tt") else "")


def _pictures(folder: Path) -> list[Path]:
    return sorted(one for one in folder.iterdir() if one.suffix.lower() in SUFFIXES)


def _is_webp(data: bytes) -> bool:
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def _as_png(data: bytes) -> bytes:
    """A WebP as a PNG, which models are served, too; unchanged if it is damaged: the builder reports that."""
    picture = load_picture(data)
    if isinstance(picture, str):
        return data
    out = BytesIO()
    Image.fromarray(picture[..., ::-1]).save(out, "PNG")
    return out.getvalue()


def _seen(path: Path) -> dict[str, tuple[str, ...]]:
    if not path.exists():
        return {}
    get_it = "It needs the columns file_name and tags; tags are joined by `, `."
    seen: dict[str, tuple[str, ...]] = {}
    with opened(path, ("file_name", "tags"), get_it=get_it) as table:
        at_name, at_tags = table.places
        for row in table.rows():
            if row[at_name] in seen:
                table.fail(f"{row[at_name]!r} is listed twice", "Keep one of the two rows.")
            if not (path.parent / row[at_name]).is_file():
                table.fail(f"there is no {row[at_name]!r} next to it", "Correct the name.")
            seen[row[at_name]] = tuple(
                tag.strip() for tag in row[at_tags].split(",") if tag.strip()
            )
    return seen
