"""`about:` over HTTP: the API's records, the pages, and what is said without an embedder."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from support.meaning_movies import CAPTIONS
from support.patience import patience
from support.serve_process import serving

from movietag.settings import Settings

ROMANCE = {"q": 'about:"romantic embrace"'}


@pytest.fixture(scope="module")
def on(meant: Settings) -> Iterator[httpx.Client]:
    with (
        serving(meant, MOVIETAG_EMBEDDER="minilm") as address,
        httpx.Client(base_url=address, timeout=patience(30)) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def off(meant: Settings) -> Iterator[httpx.Client]:
    with serving(meant) as address, httpx.Client(base_url=address, timeout=patience(30)) as client:
        yield client


def test_movies_and_scenes_say_why(on: httpx.Client) -> None:
    found = on.get("/api/movies", params=ROMANCE).json()
    assert found["movies"][0]["movie_id"] == "rain"
    about = found["movies"][0]["why"][0]["about"]
    assert (about["caption"], about["meaning"]) == (CAPTIONS["rain"][0], 1)
    scenes = on.get("/api/scenes", params=ROMANCE).json()
    assert scenes["scenes"][0]["about"] == about
    assert on.get("/api/facets", params=ROMANCE).json()["total"] == found["total"]


def test_pages_of_scenes(on: httpx.Client) -> None:
    asked = {"q": 'about:"people outside"', "limit": "2"}
    whole = on.get("/api/scenes", params={**asked, "limit": "100"}).json()["scenes"]
    first = on.get("/api/scenes", params=asked).json()
    second = on.get("/api/scenes", params={**asked, "next": first["next"]}).json()
    assert first["scenes"] + second["scenes"] == whole[:4]
    elsewhere = on.get("/api/scenes", params={"q": "horror", "next": first["next"]})
    assert elsewhere.status_code == 400


def test_the_pages_say_why(on: httpx.Client) -> None:
    movies = on.get("/", params=ROMANCE)
    assert "meaning #1 (0.4" in movies.text
    assert CAPTIONS["rain"][0] in movies.text
    assert (
        '<a href="/?q=about%3A%22romantic+embrace%22&amp;by=meaning" aria-current="true">'
        in movies.text
    )
    assert "meaning #1 (0.4" in on.get("/scenes", params=ROMANCE).text
    words = on.get("/", params={"q": "people in love"})
    assert words.status_code == 200
    assert "/?q=about%3A%22people+in+love%22" in words.text


def test_without_an_embedder(off: httpx.Client) -> None:
    for path in ("/api/movies", "/api/scenes", "/api/facets", "/api/movies/rain/why"):
        answer = off.get(path, params=ROMANCE)
        assert answer.status_code == 400
        assert "set MOVIETAG_EMBEDDER=minilm" in answer.json()["detail"]
    for path in ("/", "/scenes"):
        page = off.get(path, params=ROMANCE)
        assert page.status_code == 400
        assert "set MOVIETAG_EMBEDDER=minilm" in page.text
    assert "people+in+love" in off.get("/", params={"q": "people in love"}).text
    assert "about%3A%22people" not in off.get("/", params={"q": "people in love"}).text
