"""The title of a dead letter, from the beginning of its message."""

from __future__ import annotations

import msgspec
import pytest
from support import sample_movies

from movietag.rules.letter_titles import letter_title
from movietag.vocabulary import from_lines

LETTER = sample_movies.letter(from_lines("letters", ["horror"]))


@pytest.mark.parametrize(
    ("movie_id", "preview", "title"),
    [
        (None, "Heat (2999)", "Heat (2999)"),
        (None, '{"title": "Heat", "yeer": 1995}', "Heat"),
        (None, '{"yeer": 1995, "title" : "The \\"Heat\\" \\u00e9"}', 'The "Heat" é'),
        (
            "heat-1995-1",
            '{"movie_id": "heat-1995-1", "context": {"title": "Heat", "year": 19',
            "Heat",
        ),
        ("heat-1995-1", '{"title": "He', "heat-1995-1"),
        ("heat-1995-1", "\u00b7\u00b7JFIF", "heat-1995-1"),
        (None, '{"title": 7}', '{"title": 7}'),
        (None, "", ""),
    ],
)
def test_the_title(movie_id: str | None, preview: str, title: str) -> None:
    letter = msgspec.structs.replace(LETTER, movie_id=movie_id, preview=preview)
    assert letter_title(letter) == title
