"""The tables that are exported, column by column: the same columns in each format. New ones are added at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Generic, Literal, TypeVar

import msgspec

from movietag.rules.failing import movie_error
from movietag.search.failures import FailedMovie
from movietag.search.naming import FORMULA, plain
from movietag.search.progress import marks_note, partial_note
from movietag.search.results import Movie, Scene, TagRow

R = TypeVar("R")

TableName = Literal["tags", "movies", "scenes"]
ColumnKind = Literal["text", "whole", "real", "instant", "counts", "frames"]
"""Of a column: text, a whole number, a real one, milliseconds since 1970, tags with counts, tags with frames."""

ListItem = dict[str, str | int | float | None]
Value = str | int | float | list[ListItem] | None


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """A column: its name, what it holds, and its value in a record; ``digits``: those of a real number in CSV."""

    name: str
    kind: ColumnKind
    value: Callable[[R], Value]
    digits: int = 0


Columns = Sequence[Column[R]]


def _counts(movie: Movie) -> list[ListItem]:
    lifts = {} if isinstance(movie.lifts, msgspec.UnsetType) else movie.lifts
    return [
        {"tag": tag, "count": one.count, "ratio": one.ratio, "lift": lifts.get(tag)}
        for tag, one in movie.tags.items()
    ]


def _error(movie: Movie) -> str:
    """The short word of why it failed; empty if it did not."""
    return movie_error(movie.reason, movie.videos) if movie.status == "failed" else ""


TAG_ROWS: Final[Columns[TagRow]] = (
    Column("movie_id", "text", lambda row: row.movie_id),
    Column("title", "text", lambda row: row.title),
    Column("year", "whole", lambda row: row.year),
    Column("images", "whole", lambda row: row.images),
    Column("tag", "text", lambda row: row.tag),
    Column("count", "whole", lambda row: row.count),
    Column("ratio", "real", lambda row: row.ratio, digits=6),
    Column("lift", "real", lambda row: row.lift, digits=4),
    Column("not_whole", "text", lambda row: marks_note(row.not_whole)),
    Column("status", "text", lambda row: row.status),
    Column("partial", "text", lambda row: partial_note(row.images, row.promised)),
    Column("added", "instant", lambda row: row.added_ms),
    Column("updated", "instant", lambda row: row.updated_ms),
)
MOVIES_TABLE: Final[Columns[Movie]] = (
    Column("movie_id", "text", lambda movie: movie.movie_id),
    Column("title", "text", lambda movie: movie.title),
    Column("year", "whole", lambda movie: movie.year),
    Column("status", "text", lambda movie: movie.status),
    Column("images", "whole", lambda movie: movie.images),
    Column("tags", "counts", _counts),
    Column("not_whole", "text", lambda movie: marks_note(movie.not_whole)),
    Column("tagger", "text", lambda movie: movie.tagger),
    Column("vocabulary", "text", lambda movie: movie.vocabulary),
    Column("added", "instant", lambda movie: movie.added_ms),
    Column("updated", "instant", lambda movie: movie.updated_ms),
    Column("partial", "text", lambda movie: partial_note(movie.images, movie.promised)),
    Column("error", "text", _error),
    Column("reason", "text", lambda movie: movie.reason),
)
SCENES_TABLE: Final[Columns[Scene]] = (
    Column("movie_id", "text", lambda scene: scene.movie_id),
    Column("title", "text", lambda scene: scene.title),
    Column("year", "whole", lambda scene: scene.year),
    Column("video_id", "text", lambda scene: scene.video_id),
    Column("video_title", "text", lambda scene: scene.video_title),
    Column("start", "real", lambda scene: scene.start, digits=2),
    Column("end", "real", lambda scene: scene.end, digits=2),
    Column("timecode", "text", lambda scene: scene.timecode),
    Column("frames", "whole", lambda scene: scene.frames),
    Column(
        "tags",
        "frames",
        lambda scene: [{"tag": tag, "frames": frames} for tag, frames in scene.tags.items()],
    ),
    Column("caption", "text", lambda scene: scene.caption),
    Column("link", "text", lambda scene: scene.link),
    Column("tagger", "text", lambda scene: scene.tagger),
)

FAILED_TABLE: Final[Columns[FailedMovie]] = (
    Column("movie_id", "text", lambda movie: movie.movie_id),
    Column("title", "text", lambda movie: movie.title),
    Column("year", "whole", lambda movie: movie.year),
    Column("error", "text", lambda movie: movie.error),
    Column("reason", "text", lambda movie: movie.reason),
    Column("videos", "whole", lambda movie: movie.videos),
    Column("added", "instant", lambda movie: movie.added_ms),
    Column("failed", "instant", lambda movie: movie.failed_ms),
)


def cells(record: R, columns: Columns[R]) -> list[str]:
    """A record as cells of CSV: no cell is a formula, none has a line break, an unknown value is empty."""
    return [_cell(column, column.value(record)) for column in columns]


def json_row(record: R, columns: Columns[R]) -> dict[str, Value]:
    """A record as an object of JSON: the names of the columns with their values."""
    return {column.name: _json(column.kind, column.value(record)) for column in columns}


def safe(text: str) -> str:
    """The text on one line, prefixed with a ' if a spreadsheet would run it as a formula."""
    text = plain(text)
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text


def _cell(column: Column[R], value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return safe(", ".join(map(_item, value)))
    if isinstance(value, float):
        return f"{value:.{column.digits}f}"
    if column.kind == "instant" and isinstance(value, int):
        return instant(value)
    return safe(value) if isinstance(value, str) else str(value)


def _item(item: ListItem) -> str:
    """A tag of a list, in the form of the paper: `horror(31, 62.00%)`; of a scene `horror(3)`."""
    if "ratio" in item:
        return f"{item['tag']}({item['count']}, {item['ratio']:.2%})"
    return f"{item['tag']}({item['frames']})"


def _json(kind: ColumnKind, value: Value) -> Value:
    return instant(value) if kind == "instant" and isinstance(value, int) else value


def instant(ms: int) -> str:
    """Milliseconds since 1970 by RFC 3339: `2026-01-31T12:00:00.000Z`."""
    text = datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
