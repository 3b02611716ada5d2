"""The REST API over HTTP, on a real Elasticsearch filled with known movies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.addresses import search_environment
from support.patience import patience
from support.serve_process import serving

from movietag.settings import Settings


def record(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


def wrong(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    assert "Traceback" not in answer.text
    return str(told["detail"])


def test_movies(api: httpx.Client) -> None:
    found = record(api.get("/api/movies", params={"q": "horror>=30% and not comedy"}))
    assert [movie["movie_id"] for movie in found["movies"]] == ["grin", "harbor", "barn"]
    assert found["total"] == 3
    assert found["movies"][0]["why"][0] == {
        "condition": "horror>=30%",
        "tag": "horror",
        "ratio": 0.8,
        "lift": found["movies"][0]["lifts"]["horror"],
    }


def test_saved_searches(api: httpx.Client, library: Settings) -> None:
    save = ("searches", "save", "from a test", "horror")
    for words, holds in ((save, True), (("searches", "remove", "from a test"), False)):
        subprocess.run(
            [sys.executable, "-m", "movietag.cli", *words],
            check=True,
            env={
                **os.environ,
                **search_environment(library),
                "MOVIETAG_VOCABULARY": library.vocabulary,
            },
        )
        found = record(api.get("/api/searches"))["searches"]
        assert (
            ("from a test", "horror") in [(one["name"], one["query"]) for one in found]
        ) is holds


def test_the_records_are_those_of_the_commands(api: httpx.Client, library: Settings) -> None:
    for words, path, params in (
        (("search", "horror or western"), "/api/movies", {"q": "horror or western"}),
        (("scenes", "murder"), "/api/scenes", {"q": "murder"}),
        (("similar", "laugh"), "/api/movies/laugh/similar", {}),
        (("show", "laugh"), "/api/movies/laugh", {}),
        (("search", "horror", "--why", "laugh"), "/api/movies/laugh/why", {"q": "horror"}),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "movietag.cli", *words, "--json"],
            capture_output=True,
            check=True,
            env={
                **os.environ,
                **search_environment(library),
                "MOVIETAG_VOCABULARY": library.vocabulary,
            },
        )
        assert json.loads(done.stdout) == record(api.get(path, params=params)), words


@pytest.mark.parametrize(("path", "key"), [("/api/movies", "movies"), ("/api/scenes", "scenes")])
def test_pages_are_the_whole(api: httpx.Client, path: str, key: str) -> None:
    params: dict[str, str | int] = {"q": "horror or romantic"}
    whole = record(api.get(path, params={**params, "limit": 100}))
    found, further = [], ""
    while further is not None:
        page = record(api.get(path, params={**params, "limit": 2, "next": further}))
        assert len(page[key]) <= 2
        found += page[key]
        further = page.get("next")
    assert found == whole[key]


def test_facets_and_suggestions(api: httpx.Client) -> None:
    found = record(api.get("/api/facets", params={"q": "horror"}))
    assert found["total"] == 4
    assert {"value": "gothic", "count": 1, "condition": "gothic"} in found["tags"]
    found = record(api.get("/api/suggestions", params={"text": "moonl"}))
    assert {
        "kind": "movie",
        "text": "Moonlit Harbor (1998)",
        "condition": "movie:harbor",
    } in found["suggestions"]


def test_what_the_client_has_is_not_sent_again(api: httpx.Client) -> None:
    first = api.get("/api/movies/harbor")
    again = api.get("/api/movies/harbor", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    other = api.get("/api/movies/grin", headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/api/movies?q=horror+and+(comdy", 400, "closing ) is missing"),
        ("/api/movies?q=comdy", 400, "Did you mean comedy"),
        ("/api/movies?by=text", 400, "no text:WORDS"),
        ("/api/movies?by=colour", 422, "by: Input should be"),
        ("/api/movies?limit=101", 422, "limit: Input should be less"),
        ("/api/movies?page=3", 422, "page: Extra inputs"),
        ("/api/movies?next=x", 400, "repeat the search"),
        (f"/api/movies?q={'x' * 5000}", 422, "at most 4000 characters"),
        (f"/api/movies?q={'x' * 60_000}", 414, "longer than 16000 bytes"),
        (f"/api/movies?q={'a%20or%20' * 1000}", 422, "at most 4000"),
        ("/api/scenes?q=murder>=3%25", 400, "Scenes have no ratios"),
        ("/api/movies/nobody", 404, "no movie with the id"),
        ("/api/movies/nobody/similar", 404, "no movie with the id"),
        ("/api/movies/a%22%7D%2C%7B", 404, "no movie with the id"),
        ("/api/films", 404, "/api/films"),
        ("/api/", 404, "/api/"),
    ],
)
def test_mistakes(api: httpx.Client, path: str, status: int, says: str) -> None:
    assert says in wrong(api.get(path), status)


def test_a_place_in_a_query_is_told(api: httpx.Client) -> None:
    answer = api.get("/api/movies", params={"q": "horror and comdy"})
    assert answer.json()["position"] == 11


def test_other_methods_and_names(api: httpx.Client) -> None:
    answer = api.post("/api/movies")
    assert "POST /api/movies" in wrong(answer, 405)
    assert answer.headers["allow"] == "GET, HEAD"
    assert api.get("/api/searches/a").headers["allow"] == "DELETE, PUT"
    wrong(api.get("/api/movies", headers={"Host": "evil.example"}), 421)


def test_calls_need_a_key_where_there_are_keys(library: Settings, keys: Path) -> None:
    with serving(library, MOVIETAG_WEB_KEYS=str(keys)) as address:
        assert "X-API-Key" in wrong(httpx.get(f"{address}/api/movies"), 401)
        for key in ("x" * 20, "# of the page"):
            wrong(httpx.get(f"{address}/api/movies", headers={"X-API-Key": key}), 401)
        for key in ("0123456789abcdef0123", "another-key-of-length"):
            record(
                httpx.get(f"{address}/api/movies", headers={"X-API-Key": key}, timeout=patience(30))
            )


def test_too_many_calls(library: Settings) -> None:
    with serving(library, MOVIETAG_WEB_RATE="3") as address:
        answers = [
            httpx.get(f"{address}/api/suggestions?text=a", timeout=patience(30)) for _ in range(12)
        ]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused
        assert "At most 3 requests per second" in wrong(refused[0], 429)
        assert refused[0].headers["retry-after"] == "1"


def test_a_call_that_takes_too_long(library: Settings) -> None:
    with serving(library, MOVIETAG_WEB_SECONDS="0.0001") as address:
        assert "longer than 0.0001 s" in wrong(httpx.get(f"{address}/api/movies"), 504)


def test_a_port_that_is_taken(library: Settings) -> None:
    with serving(library) as address:
        done = subprocess.run(
            [sys.executable, "-m", "movietag.cli", "serve"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "MOVIETAG_WEB_PORT": address.rpartition(":")[2]},
        )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "set MOVIETAG_WEB_HOST or MOVIETAG_WEB_PORT" in done.stderr


@pytest.mark.heavy
def test_elasticsearch_away() -> None:
    with serving(Settings(elasticsearch="http://127.0.0.1:9", vocabulary="mpst")) as address:
        for path in (
            "movies?q=horror",
            "scenes?q=horror",
            "facets",
            "suggestions?text=a",
            "movies/x",
        ):
            answer = httpx.get(f"{address}/api/{path}", timeout=patience(30))
            assert "Elasticsearch is unreachable" in wrong(answer, 503)
            assert answer.headers["retry-after"] == "5"


def test_settings_whose_vocabulary_nobody_counts_search_what_stands(
    elasticsearch: dict[str, Any],
) -> None:
    with serving(Settings(**elasticsearch, vocabulary="mpst-aliases")) as address:
        found = httpx.get(f"{address}/api/movies", timeout=patience(30))
    assert (found.status_code, found.json()["total"] > 0) == (200, True)
