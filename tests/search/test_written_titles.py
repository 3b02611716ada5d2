"""Titles as they were written are shown and found, on a real server."""

from __future__ import annotations

from dataclasses import replace

import pytest
from elasticsearch import AsyncElasticsearch
from support import sample_movies

from movietag.documents import MOVIES
from movietag.rules.titles import parse_title
from movietag.search.index.ensuring import ensure_schema
from movietag.search.index.writer import write_bulk
from movietag.search.reader import Reader
from movietag.vocabulary import Vocabulary

LINES = (
    "8½ (1963)",
    "Alien³ (1992)",
    "The Amazing Spider-Man™ (2012)",
    "Ocean’s Eleven (2001)",  # noqa: RUF001
    "WALL·E (2008)",
    "Ｈｅａｔ (1995)",  # noqa: RUF001
    "7人の侍 (1954)",
    "Matrix, The (1999) {imdb-tt0133093}",
    "Rage (2009) {imdb-tt0000001}",
    "Rage (2009) {tmdb-2}",
)


@pytest.fixture
async def reader(es: AsyncElasticsearch, vocabulary: Vocabulary) -> Reader:
    await ensure_schema(es, vocabulary)
    documents = []
    for line in LINES:
        title = parse_title(line.encode())
        sample = replace(
            sample_movies.SAMPLES[0], movie_id=title.movie_id, title=title.title, year=title.year
        )
        body = sample_movies.movie_body(sample, vocabulary)
        documents.append(sample_movies.document(MOVIES, title.movie_id, body, vocabulary))
    assert await write_bulk(es, documents) == []
    await es.indices.refresh(index="*")
    return Reader(es, vocabulary, 0.1)


async def test_a_movie_is_found_by_its_line_and_its_title(reader: Reader) -> None:
    for line in LINES:
        title = parse_title(line.encode())
        found = await reader.movie(line)
        assert (found.movie_id, found.title) == (title.movie_id, title.title)
        assert (await reader.movie(title.movie_id)).movie_id == title.movie_id
        if title.title != "Rage":
            assert (await reader.movie(title.title)).movie_id == title.movie_id
            assert (await reader.movie(f"{title.title} ({title.year})")).movie_id == title.movie_id
    assert (await reader.movie("https://www.imdb.com/title/tt0133093/")).title == "The Matrix"
