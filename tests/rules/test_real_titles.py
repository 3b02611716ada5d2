"""The titles of 17,472 real films (bokeh-sampledata, CC0) are kept, searched for and identified as written."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import unicodedata
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest

from movietag.crawl.search_job import query_of
from movietag.rules.titles import parse_title
from movietag.settings import Settings

pytestmark = pytest.mark.heavy  # seconds of CPU, whatever is changed

FILMS = 17_472
TWINS = re.compile("[–’]")  # noqa: RUF001


@pytest.fixture(scope="module")
def films() -> list[tuple[str, int]]:
    """Title and year of each."""
    package = find_spec("bokeh_sampledata")
    assert package is not None
    assert package.origin is not None
    database = Path(package.origin).parent / "_data" / "movies.db"
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as rows:
        return rows.execute("SELECT Title, Year FROM omdb").fetchall()


def former_digest(title: str, year: int) -> str:
    """The hash in a movie id, as 0.1 made it: stored movies have it."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", title).casefold())
    return hashlib.sha256(f"{' '.join(folded.split())}\n{year}".encode()).hexdigest()[:8]


def test_every_title_is_one_movie_as_line_and_as_json(films: list[tuple[str, int]]) -> None:
    template = Settings().search_query
    assert len(films) == FILMS
    for title, year in films:
        line = parse_title(f"{title} ({year})".encode())
        assert line == parse_title(json.dumps({"title": title, "year": year}).encode())
        assert (line.title, line.year) == (title, year)
        assert query_of(template, line.title, line.year).startswith(f"{title} {year} ")


def test_ids_are_those_of_0_1_but_for_typographic_twins(films: list[tuple[str, int]]) -> None:
    moved = [
        title
        for title, year in films
        if not parse_title(f"{title} ({year})".encode()).movie_id.endswith(
            former_digest(title, year)
        )
    ]
    assert all(TWINS.search(title) for title in moved)
    assert len(moved) == 32


def test_two_films_of_one_title_and_year_are_one_movie(films: list[tuple[str, int]]) -> None:
    """Which docs/titles.md and `movietag show` say; their ids tell them apart."""
    ids = Counter(parse_title(f"{title} ({year})".encode()).movie_id for title, year in films)
    assert sorted(name[:-14] for name, films in ids.items() if films > 1) == [
        "aftermath", "beneath", "noise", "rage", "the-singer",
    ]  # fmt: skip
    one, other = (
        parse_title(f"Aftermath (2012) {{imdb-tt{number:07}}}".encode()) for number in (1, 2)
    )
    assert (one.movie_id, other.movie_id) == ("tt0000001", "tt0000002")
