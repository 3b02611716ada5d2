"""What the page of a movie says of slots without a frame; without a server."""

from __future__ import annotations

from types import SimpleNamespace

import msgspec
from starlette.requests import Request
from wire.examples import BODIES

from movietag.documents import MovieBody
from movietag.search.converting import movie_from
from movietag.web.pages.rendering import page


def rendered(**changed: object) -> str:
    """The page of the example of a movie, with other fields, as words with single blanks."""
    body = next(one for one in BODIES if isinstance(one, MovieBody))
    request = Request(
        {"type": "http", "path": "/movies/x", "headers": [], "query_string": b"", "method": "GET"}
    )
    movie = movie_from(msgspec.structs.replace(body, **changed))
    answer = page(
        request, "movie.html", movie=movie, by="ratio", tags={}, timelines={}, alike=[], letters=SimpleNamespace(letters=(), total=0),
        q=None, explanation=None, mistake=None, thumbnail=None, players={},
    )  # fmt: skip
    return " ".join(bytes(answer.body).decode().split())


def test_dropped_slots_and_a_short_movie_are_told() -> None:
    text = rendered()
    assert "Slots: 42 of 50 kept, 8 dropped (8 dark)" in text
    assert "short: too few slots have a frame" in text
    assert "8 dropped (8 <bdi>dark</bdi>)" in text
    assert "cut off, 152 of 303 s" in text


def test_nothing_is_said_where_nothing_is_missing() -> None:
    text = rendered(dropped=0, dropped_by=(), short=False, videos=())
    assert "dropped" not in text
    assert "short:" not in text
