"""A movie that is counted in part is marked in both tables."""

from __future__ import annotations

import msgspec
from wire.examples import BODIES

from movietag.documents import MovieBody
from movietag.exporting.tables import MOVIES_TABLE, TAG_ROWS, json_row
from movietag.search.converting import movie_from
from movietag.search.results import TagRow

BODY = next(one for one in BODIES if isinstance(one, MovieBody))


def test_not_all_promised_images_are_counted() -> None:
    movie = movie_from(msgspec.structs.replace(BODY, images=41, promised=50))
    assert json_row(movie, MOVIES_TABLE)["partial"] == "41 of 50 images"
    row = TagRow("id", "Heat", 1995, 41, "horror", 1, 1 / 41, 1.0, (), "running", 50, 0, 0)
    assert json_row(row, TAG_ROWS)["partial"] == "41 of 50 images"
    assert json_row(row, TAG_ROWS)["added"] == "1970-01-01T00:00:00.000Z"


def test_all_of_them_are() -> None:
    movie = movie_from(msgspec.structs.replace(BODY, images=50, promised=50))
    assert json_row(movie, MOVIES_TABLE)["partial"] == ""
