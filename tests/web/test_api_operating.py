"""Forgetting, cancelling and pausing over REST: what is sent, what is refused, who may, and what the log says."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support.rest_app import key_file, rest, sent

from movietag.errors import TransientError
from movietag.fleet import fetch_pauses
from movietag.records import Title
from movietag.rules.titles import parse_title
from movietag.search.client import ElasticsearchAwayError, NoIndexError
from movietag.search.naming import NothingFound
from movietag.settings import Settings
from movietag.steering import cancelling, forgetting
from movietag.web import removing
from movietag.web.titles import MOST_TITLES

__all__ = ["sent"]

HEAT = "heat-1995-2a6c4bb0"
WAITS = parse_title(b"Brazil (1985)")


class OneMovie:
    """A library with one movie; ``error`` instead of any answer."""

    es = None

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error

    async def by_id(self, movie_id: str) -> Any:
        if self._error:
            raise self._error
        if movie_id != HEAT:
            raise NothingFound("none", ())
        return SimpleNamespace(movie_id=HEAT, title="Heat", year=1995)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, web_keys=key_file(tmp_path), kafka="127.0.0.1:9")


@pytest.fixture(autouse=True)
def kafka(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """A Kafka in which one title waits; returns the rows of the library's topic."""
    rows: dict[str, bytes] = {}

    async def unread(settings: Settings) -> dict[str, Title]:
        return {WAITS.movie_id: WAITS}

    async def joined(*_: object) -> None:
        return None

    async def read(settings: Settings) -> dict[str, bytes]:
        return dict(rows)

    async def write(settings: Settings, new: Mapping[str, bytes | None]) -> None:
        for key, value in new.items():
            rows.pop(key, None)
            if value is not None:
                rows[key] = value

    monkeypatch.setattr(forgetting, "join_library", joined)
    monkeypatch.setattr(forgetting, "unread_titles", unread)
    monkeypatch.setattr(cancelling, "unread_titles", unread)
    monkeypatch.setattr(fetch_pauses, "read_rows", read)
    monkeypatch.setattr(fetch_pauses, "write_rows", write)
    return rows


async def call(
    settings: Settings,
    method: str,
    path: str,
    role: str = "operate",
    library: object = None,
    **body: Any,
) -> tuple[int, dict[str, Any]]:
    async with rest(settings, role, reader=library or OneMovie()) as client:
        content = json.dumps(body) if method == "POST" else None
        kind = {"Content-Type": "application/json"} if content else {}
        answer = await client.request(method, f"/api{path}", content=content, headers=kind)
    return answer.status_code, answer.json()


async def test_a_movie_is_forgotten_by_its_id_however_often(
    settings: Settings, sent: list[bytes]
) -> None:
    for _ in range(2):
        status, answer = await call(settings, "DELETE", f"/movies/{HEAT}")
        assert (status, answer) == (200, {"movie_id": HEAT, "title": "Heat", "year": 1995})
    assert [(one.movie_id, one.forget) for one in map(parse_title, sent)] == [(HEAT, True)] * 2


@pytest.mark.parametrize("error", [NothingFound("none"), NoIndexError("none yet")])
async def test_a_title_that_waits_is_forgotten_by_its_id_but_not_by_its_text(
    settings: Settings, sent: list[bytes], error: Exception
) -> None:
    library = OneMovie(error)
    status, _ = await call(settings, "DELETE", f"/movies/{WAITS.movie_id}", library=library)
    assert (status, parse_title(sent[0]).movie_id) == (200, WAITS.movie_id)
    status, answer = await call(settings, "DELETE", "/movies/Brazil (1985)", library=library)
    assert (status, len(sent)) == (404, 1)
    assert "'Brazil (1985)' is in the library, and no such title waits" in answer["detail"]


async def test_elasticsearch_away_is_not_said_to_be_kafka(
    settings: Settings, sent: list[bytes]
) -> None:
    library = OneMovie(ElasticsearchAwayError("away"))
    status, answer = await call(settings, "DELETE", f"/movies/{HEAT}", library=library)
    assert (status, sent) == (503, [])
    assert answer["detail"].startswith("Elasticsearch is unreachable")


async def test_titles_are_cancelled_as_they_were_added_each_once(
    settings: Settings, sent: list[bytes]
) -> None:
    titles = ["Heat (1995)", {"title": "Heat", "year": 1995, "urls": ["https://vimeo.com/1"]}]
    titles.append({"title": "Dune", "movie_id": "own-1"})
    status, tried = await call(settings, "POST", "/cancel", titles=titles, dry_run=True)
    assert (status, tried["total"], tried["dry_run"], sent) == (200, 2, True, [])
    status, answer = await call(settings, "POST", "/cancel", titles=titles)
    assert (status, answer["movies"]) == (200, tried["movies"])
    assert [(one.movie_id, one.cancel) for one in map(parse_title, sent)] == [
        (parse_title(b"Heat (1995)").movie_id, True),
        ("own-1", True),
    ]


async def test_all_that_wait_are_cancelled(
    settings: Settings, sent: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def movies(_: object) -> Any:
        return scanned()

    async def scanned() -> Any:
        one = SimpleNamespace(movie_id="a", title="A", year=None, images=0, status="running")
        yield one
        yield SimpleNamespace(**{**vars(one), "movie_id": "done", "images": 5})
        yield SimpleNamespace(**{**vars(one), "movie_id": "failed", "status": "failed"})

    monkeypatch.setattr(cancelling, "scan_movies", movies)
    status, answer = await call(settings, "POST", "/cancel", waiting=True)
    assert (status, [one["movie_id"] for one in answer["movies"]]) == (200, ["a", WAITS.movie_id])
    assert [parse_title(value).movie_id for value in sent] == ["a", WAITS.movie_id]


async def test_one_title_that_cannot_be_read_cancels_none(
    settings: Settings, sent: list[bytes]
) -> None:
    status, answer = await call(settings, "POST", "/cancel", titles=["Heat", {"title": ""}])
    assert (status, sent) == (422, [])
    assert [one["line"] for one in answer["refused"]] == [2]
    assert "so nothing was cancelled. Number 2: " in answer["detail"]


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({}, 400, "Name `titles`, or set `waiting`"),
        ({"titles": ["A"], "waiting": True}, 400, "one of the two"),
        ({"titles": ["A"], "yes": True}, 422, "yes: Extra inputs"),
        ({"waiting": "true"}, 422, "waiting: Input should be a valid boolean"),
        ({"titles": ["A"] * (MOST_TITLES + 1)}, 422, f"at most {MOST_TITLES}"),
    ],
)
async def test_a_cancellation_that_does_not_fit(
    settings: Settings, sent: list[bytes], body: dict[str, Any], status: int, says: str
) -> None:
    found, answer = await call(settings, "POST", "/cancel", **body)
    assert (found, sent) == (status, [])
    assert says in answer["detail"]


async def test_a_site_and_everything_are_paused_and_resumed_however_often(
    settings: Settings, kafka: dict[str, bytes]
) -> None:
    _, once = await call(settings, "PUT", "/pauses/www.YouTube.com")
    _, again = await call(settings, "PUT", "/pauses/youtube.com")
    assert once == again
    assert [one["site"] for one in once["pauses"]] == ["youtube.com"]
    _, both = await call(settings, "PUT", "/pauses")
    assert [one["site"] for one in both["pauses"]] == ["", "youtube.com"]
    assert (await call(settings, "GET", "/pauses", "read"))[1] == both
    for _ in range(2):
        _, left = await call(settings, "DELETE", "/pauses/youtube.com")
        assert [one["site"] for one in left["pauses"]] == [""]
    await call(settings, "PUT", "/pauses/vimeo.com")
    assert (await call(settings, "DELETE", "/pauses"))[1] == {"pauses": []}
    assert kafka == {}


async def test_what_is_no_site(settings: Settings, kafka: dict[str, bytes]) -> None:
    status, answer = await call(settings, "PUT", "/pauses/youtube")
    assert (status, kafka) == (400, {})
    assert "'youtube' is no site. Examples: youtube.com" in answer["detail"]


CALLS = [
    ("DELETE", f"/movies/{HEAT}", {}),
    ("POST", "/cancel", {"titles": ["Heat"]}),
    ("PUT", "/pauses", {}),
    ("DELETE", "/pauses", {}),
    ("PUT", "/pauses/youtube.com", {}),
    ("DELETE", "/pauses/youtube.com", {}),
]


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
@pytest.mark.parametrize("role", ["read", "add"])
async def test_each_call_wants_the_role(
    settings: Settings,
    sent: list[bytes],
    kafka: dict[str, bytes],
    role: str,
    method: str,
    path: str,
    body: dict[str, Any],
) -> None:
    status, answer = await call(settings, method, path, role, **body)
    assert (status, sent, kafka) == (403, [], {})
    assert "MOVIETAG_WEB_KEYS" in answer["detail"]


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
async def test_without_keys_what_deletes_is_refused_and_pausing_is_not(
    tmp_path: Path, sent: list[bytes], method: str, path: str, body: dict[str, Any]
) -> None:
    open_to_all = Settings(home=tmp_path, kafka="127.0.0.1:9")
    status, answer = await call(open_to_all, method, path, "", **body)
    assert sent == []
    if "pauses" in path:
        assert status == 200
    else:
        assert status == 403
        assert "A line `operate NAME KEY` in the file of MOVIETAG_WEB_KEYS" in answer["detail"]


async def test_a_page_of_another_site_operates_nothing(
    tmp_path: Path, kafka: dict[str, bytes]
) -> None:
    async with rest(Settings(home=tmp_path), reader=OneMovie()) as client:
        for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            assert (await client.put("/api/pauses", headers=headers)).status_code == 403
    assert kafka == {}


async def test_the_log_says_who_did_it(
    settings: Settings, sent: list[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "movietag.web")
    for method, path, body in CALLS:
        await call(settings, method, path, **body)
    heat = parse_title(b"Heat").movie_id
    for line in (
        f"forgotten key=of-operate movie={HEAT}",
        f"cancelled key=of-operate titles=1 movies={heat}",
        "paused key=of-operate site=all",
        "resumed key=of-operate site=all",
        "paused key=of-operate site=youtube.com",
        "resumed key=of-operate site=youtube.com",
    ):
        assert line in caplog.text
    assert "operate-key" not in caplog.text


async def test_kafka_away_is_said(
    settings: Settings, sent: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise TransientError("Kafka: refused")

    for module, name in (
        (fetch_pauses, "read_rows"),
        (forgetting, "join_library"),
        (removing, "waiting_movies"),
    ):
        monkeypatch.setattr(module, name, away)
    for method, path, body in (*CALLS, ("POST", "/cancel", {"waiting": True})):
        if "titles" not in body:
            status, answer = await call(settings, method, path, **body)
            assert status == 503
            assert "Kafka does not answer at 127.0.0.1:9" in answer["detail"]
    assert sent == []
