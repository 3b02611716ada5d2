"""Letters, retries and the status over REST: which are selected, what is left, who may, what is known."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support.rest_app import key_file, rest, sent

from movietag.documents import LetterBody
from movietag.errors import UsageError
from movietag.fleet.fetch_pauses import FetchPause
from movietag.kafka.fleet import FleetStatus, GroupStatus, WorkerStatus
from movietag.letters import selecting
from movietag.letters.replaying import ReplayOutcome
from movietag.rules.titles import parse_title
from movietag.search.failures import ErrorCount, FailedMovie, FailedMovies
from movietag.search.queries import LetterQuery
from movietag.search.results import Letters
from movietag.settings import Settings
from movietag.stages import STAGES
from movietag.steering import retrying
from movietag.web import letters, system
from movietag.web import retrying as web_retrying
from movietag.web.letters import MOST_ACTED, MOST_IDS

__all__ = ["sent"]

ONE = LetterBody(
    letter_id="movietag.titles/0/12/plan",
    stage="plan",
    topic="movietag.titles",
    partition=0,
    offset=12,
    error="bad-title",
    reason="It is empty.",
    attempts=1,
    history=(),
    movie_id=None,
    preview="",
    size=0,
    letter_partition=0,
    letter_offset=3,
    at_ms=5,
)


class LetterIndex:
    """One letter; notes the queries. ``total``: how many it says there are."""

    es = None

    def __init__(self, total: int = 1) -> None:
        self.total = total
        self.queries: list[LetterQuery] = []

    async def letters(self, query: LetterQuery) -> Letters:
        self.queries.append(query)
        if query.letter_id not in ("", ONE.letter_id):
            return Letters(0, ())
        return Letters(self.total, (ONE,))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, web_keys=key_file(tmp_path), kafka="127.0.0.1:9")


@pytest.fixture(autouse=True)
def acted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What was replayed and purged, in place of Kafka."""
    done: list[tuple[str, str]] = []

    def doing(name: str) -> Any:
        async def act(settings: Settings, sender: object, wanted: AsyncIterable[LetterBody]) -> Any:
            outcome = ReplayOutcome()
            async for letter in wanted:
                done.append((name, letter.letter_id))
                outcome.done += 1
            outcome.left["lost/0/1/plan"] = "It is not there."
            return outcome

        return act

    async def joined(*_: object) -> None:
        return None

    async def scan(library: LetterIndex, query: LetterQuery) -> AsyncIterator[LetterBody]:
        library.queries.append(query)
        yield ONE

    @asynccontextmanager
    async def sender(settings: Settings) -> AsyncIterator[None]:
        yield None

    monkeypatch.setattr(letters, "replay", doing("replay"))
    monkeypatch.setattr(letters, "purge", doing("purge"))
    monkeypatch.setattr(letters, "join_library", joined)
    monkeypatch.setattr(letters, "producer", sender)
    monkeypatch.setattr(selecting, "scan_letters", scan)
    monkeypatch.setattr(retrying, "join_library", joined)
    return done


async def post(
    settings: Settings,
    path: str,
    body: dict[str, Any],
    role: str = "operate",
    index: LetterIndex | None = None,
) -> tuple[int, dict[str, Any]]:
    kind = {"Content-Type": "application/json"}
    async with rest(settings, role, reader=index or LetterIndex()) as client:
        answer = await client.post(f"/api{path}", content=json.dumps(body), headers=kind)
    return answer.status_code, answer.json()


async def get(settings: Settings, path: str, **library: Any) -> tuple[int, dict[str, Any]]:
    async with rest(settings, "read", **library) as client:
        answer = await client.get(f"/api{path}")
    return answer.status_code, answer.json()


async def test_letters_are_listed_by_filters(settings: Settings) -> None:
    index = LetterIndex()
    path = "/letters?error=bad-title&text=year&since_ms=7&limit=3&skip=2&state=replayed"
    status, found = await get(settings, path, reader=index)
    assert (status, found["letters"][0]["letter_id"]) == (200, ONE.letter_id)
    wanted = LetterQuery(error="bad-title", text="year", since_ms=7, state="replayed")
    assert index.queries == [replace(wanted, limit=3, skip=2)]
    assert (await get(settings, "/letters?limit=101", reader=index))[0] == 422
    assert (await get(settings, "/letters?skip=9901", reader=index))[0] == 422


@pytest.mark.parametrize("action", ["replay", "purge"])
async def test_letters_are_acted_on_by_id_each_once(
    settings: Settings, acted: list[tuple[str, str]], action: str
) -> None:
    ids = [ONE.letter_id, ONE.letter_id]
    status, done = await post(settings, f"/letters/{action}", {"letter_ids": ids})
    left = [{"letter_id": "lost/0/1/plan", "reason": "It is not there."}]
    assert (status, done) == (200, {"done": 1, "left": left})
    assert acted == [(action, ONE.letter_id)]


async def test_by_filters_a_replay_takes_those_that_failed_and_a_purge_all(
    settings: Settings, acted: list[tuple[str, str]]
) -> None:
    for action, state in (("replay", "failed"), ("purge", None)):
        index = LetterIndex()
        await post(settings, f"/letters/{action}", {"error": "bad-title"}, index=index)
        assert {(one.error, one.state) for one in index.queries} == {("bad-title", state)}
    assert [one for one, _ in acted] == ["replay", "purge"]


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({}, 400, "Select letters by `letter_ids`, or by filters"),
        ({"letter_ids": []}, 400, "Select letters"),
        ({"letter_ids": [ONE.letter_id], "stage": "plan"}, 400, "one of the two"),
        ({"letter_ids": ["gone/0/1/plan"]}, 404, "No dead letter gone/0/1/plan"),
        ({"letter_ids": ["x"] * (MOST_IDS + 1)}, 422, f"at most {MOST_IDS}"),
        ({"error": 5}, 422, "error: Input should be a valid string"),
        ({"error": "\ud800"}, 422, "error: Input should be a valid string"),
        ({"since": "2h"}, 422, "since: Extra inputs"),
    ],
)
async def test_a_selection_that_does_not_fit(
    settings: Settings, acted: list[object], body: dict[str, Any], status: int, says: str
) -> None:
    found, answer = await post(settings, "/letters/replay", body)
    assert (found, acted) == (status, [])
    assert says in answer["detail"]


async def test_more_letters_than_fit_into_a_request_are_left_to_the_command(
    settings: Settings, acted: list[object]
) -> None:
    index = LetterIndex(MOST_ACTED + 1)
    status, answer = await post(settings, "/letters/purge", {"stage": "plan"}, index=index)
    assert (status, acted) == (400, [])
    assert "201 letters match; here at most 200" in answer["detail"]
    assert "movietag dead" in answer["detail"]


async def test_who_may_act_on_letters(
    settings: Settings, tmp_path: Path, acted: list[tuple[str, str]]
) -> None:
    body = {"letter_ids": [ONE.letter_id]}
    for role in ("read", "add"):
        assert (await post(settings, "/letters/replay", body, role))[0] == 403
        assert (await post(settings, "/letters/purge", body, role))[0] == 403
    open_to_all = Settings(home=tmp_path, kafka="127.0.0.1:9")
    assert (await post(open_to_all, "/letters/purge", body, ""))[0] == 403
    assert acted == []
    assert (await post(open_to_all, "/letters/replay", body, ""))[0] == 200


def failed(movie_id: str) -> FailedMovie:
    return FailedMovie(movie_id, "Heat", 1995, "offline", "It was offline.", 1, 1, 2)


@pytest.fixture
def failures(monkeypatch: pytest.MonkeyPatch) -> list[FailedMovie]:
    """The movies that failed."""
    movies: list[FailedMovie] = []

    async def count(library: object, errors: tuple[str, ...], limit: int) -> FailedMovies:
        if errors != ("offline",):
            raise UsageError(f"No movie failed with the reason {errors[0]!r}.")
        return FailedMovies(len(movies), (ErrorCount("offline", len(movies), ""),), ())

    async def scan(library: object, errors: object) -> AsyncIterator[FailedMovie]:
        for movie in movies:
            yield movie

    monkeypatch.setattr(web_retrying, "failures", count)
    monkeypatch.setattr(retrying, "scan_failed", scan)
    return movies


async def test_failed_movies_are_tried_again_by_reason_and_the_log_says_by_whom(
    settings: Settings,
    sent: list[bytes],
    failures: list[FailedMovie],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "movietag.web")
    failures.extend([failed("a"), failed("b")])
    status, answer = await post(settings, "/failed/retry", {"reasons": ["offline"]}, "add")
    assert (status, answer) == (200, {"sent": 2})
    assert [(one.movie_id, one.refresh) for one in map(parse_title, sent)] == [
        ("a", True),
        ("b", True),
    ]
    assert "tried again key=of-add titles=2" in caplog.text


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({}, 422, "reasons: Field required"),
        ({"reasons": []}, 422, "at least 1"),
        ({"reasons": ["unheard-of"]}, 400, "No movie failed with the reason 'unheard-of'"),
    ],
)
async def test_a_retry_that_does_not_fit(
    settings: Settings,
    sent: list[bytes],
    failures: list[FailedMovie],
    body: dict[str, Any],
    status: int,
    says: str,
) -> None:
    found, answer = await post(settings, "/failed/retry", body, "add")
    assert (found, sent) == (status, [])
    assert says in answer["detail"]
    assert (await post(settings, "/failed/retry", {"reasons": ["offline"]}, "read"))[0] == 403


async def test_more_failures_than_fit_into_a_request_name_the_command(
    settings: Settings,
    sent: list[bytes],
    failures: list[FailedMovie],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(web_retrying, "MOST_RETRIED", 1)
    failures.extend([failed("a"), failed("b")])
    status, answer = await post(settings, "/failed/retry", {"reasons": ["offline"]})
    assert (status, sent) == (400, [])
    assert "movietag failed --reason offline --retry" in answer["detail"]


def holding(value: object) -> SimpleNamespace:
    """A cached value."""

    async def get() -> object:
        return value

    return SimpleNamespace(get=get)


@pytest.mark.parametrize(
    ("fault", "ready", "works"), [("", True, True), ("", False, False), ("away", True, False)]
)
async def test_the_status_works_if_each_stage_and_the_search_do(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, fault: str, ready: bool, works: bool
) -> None:
    async def search_fault(es: object) -> str:
        return fault

    monkeypatch.setattr(system, "search_fault", search_fault)
    worker = WorkerStatus(host="a", member=True, ready=ready)
    fleet = FleetStatus(tuple(GroupStatus(stage, lag=3, workers=(worker,)) for stage in STAGES))
    status, found = await get(
        settings,
        "/status",
        reader=SimpleNamespace(es=None),
        fleet=holding(fleet),
        pauses=holding({"vimeo.com": FetchPause(7)}),
    )
    assert (status, found["works"], found["elasticsearch"]) == (200, works, fault)
    assert [one["stage"] for one in found["stages"]] == list(STAGES)
    assert found["pauses"] == [{"site": "vimeo.com", "since_ms": 7}]


async def test_the_status_says_what_could_not_be_learnt(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def search_fault(es: object) -> str:
        return ""

    monkeypatch.setattr(system, "search_fault", search_fault)
    status, found = await get(
        settings,
        "/status",
        reader=SimpleNamespace(es=None),
        fleet=holding(FleetStatus((), ("Not known: lag.",))),
        pauses=holding(None),
    )
    assert (status, found["works"], found["pauses"]) == (200, False, [])
    assert found["missing"] == [
        "Not known: lag.",
        "Not known: what is paused: Kafka does not answer.",
    ]
