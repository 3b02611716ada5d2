"""Documents of another version of movietag: the answer says how many are missing, on the pages and in the API."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from reading import seen

from movietag.documents import FRAMES, MOVIES, index_name
from movietag.search.client import connected
from movietag.settings import Settings
from movietag.vocabulary import load

SAID = "left out: another version of movietag has written"


@pytest.fixture
def of_another_version(library: Settings) -> Iterator[None]:
    vocabulary_id = load(library.vocabulary).vocabulary_id
    indices = [index_name(alias, vocabulary_id) for alias in (MOVIES, FRAMES)]
    document = {"movie_id": "odd", "title": "Odd"}

    async def write() -> None:
        async with connected(library) as es:
            for index in indices:
                await es.index(index=index, id="odd", document=document, refresh=True)

    async def remove() -> None:
        async with connected(library) as es:
            for index in indices:
                await es.delete(index=index, id="odd", refresh=True)

    asyncio.run(write())
    yield
    asyncio.run(remove())


@pytest.mark.usefixtures("of_another_version")
def test_a_page_shows_all_others_and_says_how_many_are_missing(pages: httpx.Client) -> None:
    movies = pages.get("/api/movies").json()
    assert movies["unreadable"] == 1
    assert movies["total"] == len(movies["movies"]) + 1
    assert pages.get("/api/scenes").json()["unreadable"] == 1
    for path in ("/?q=title:odd", "/scenes?q=title:odd"):
        answer = pages.get(path)
        assert answer.status_code == 200
        assert f"1 is {SAID} it" in seen(answer).text
    assert "unreadable" not in pages.get("/api/movies", params={"q": "horror"}).json()
    assert SAID not in seen(pages.get("/", params={"q": "horror"})).text
