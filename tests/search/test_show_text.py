"""`movietag show` says where two films may have become one."""

from __future__ import annotations

import pytest
from rich.console import Console

from movietag.cli.show import print_movie
from movietag.rules.titles import parse_title
from movietag.search.results import Movie

NOTE = "another film of both is counted here"


@pytest.mark.parametrize(
    ("sent", "noted"),
    [
        (b"Aftermath (2012)", True),
        (b"Aftermath", True),
        (b"Aftermath (2012) {imdb-tt1564368}", False),
        (b"Aftermath (2012) {tmdb-949}", False),
        (b'{"title": "Aftermath", "year": 2012, "movie_id": "second"}', False),
    ],
)
def test_an_id_of_title_and_year_is_named_as_such(
    sent: bytes, noted: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    title = parse_title(sent)
    movie = Movie(
        title.movie_id, title.title, title.year, "complete", "", 1, 1, 0, {}, "t", "v", 1, (), 1, 1
    )
    print_movie(movie, Console(width=300))
    told = capsys.readouterr().out
    assert title.movie_id in told
    assert (NOTE in told) is noted
