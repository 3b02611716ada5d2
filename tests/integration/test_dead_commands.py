"""`movietag dead` on real servers: many letters listed, sent again, failed again, purged."""

from __future__ import annotations

import asyncio
import json
import secrets
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import ConsumerRecord, TopicPartition
from support.commands import until
from support.stage_processes import running

from movietag import topics
from movietag.documents import DEAD_LETTERS, LetterBody, index_name
from movietag.errors import PermanentError
from movietag.kafka.clients import create_topics, make_consumer, make_producer
from movietag.letters.replaying import replay
from movietag.letters.restoring import restore_letters
from movietag.local.stack import Stack
from movietag.records import (
    Letter,
    MovieId,
    VideoFailed,
    VideoFailure,
    VideoJob,
    decode,
    encode,
)
from movietag.search.client import connected
from movietag.search.reader import LetterQuery, reader
from movietag.search.scans import scan_letters
from movietag.settings import Settings
from movietag.settings.environment import stack_environment
from movietag.streams.failures.dead_letters import letter_for

MANY = 1203
LARGE = 7  # the number of a title that has no room for its history


@pytest.fixture
def settings(stack: Stack) -> Settings:
    return stack.settings


class Commands:
    """`movietag dead`, as a process."""

    def __init__(self, settings: Settings) -> None:
        self._environment = stack_environment(settings, settings.home)

    def __call__(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "movietag.cli", "dead", *words],
            env=self._environment,
            capture_output=True,
            timeout=120,
            check=False,
        )

    def listed(self, *words: str) -> tuple[int, list[dict[str, Any]]]:
        answer = json.loads(self("list", "--json", *words).stdout)
        return answer["total"], answer["letters"]


def event(source: str, offset: int, value: bytes | None, headers: dict[str, bytes]) -> Any:
    key = b"key %d" % offset
    message = SimpleNamespace(topic=source, partition=0, offset=offset, key=key, value=value)
    return SimpleNamespace(message=message, headers=headers)


def payload(offset: int) -> bytes | None:
    much = topics.TITLES.max_bytes - 1000 if offset == LARGE else 50
    return None if offset == 5 else b"%d " % offset + b"x" * much


async def send_letters(settings: Settings, letters: list[tuple[Letter, bytes | None]]) -> None:
    async with make_producer(settings) as producer:
        sends = [
            await producer.send(
                topics.DEAD_LETTERS.name,
                value,
                key=letter.letter_id.encode(),
                headers=[(topics.LETTER_HEADER, encode(letter))],
            )
            for letter, value in letters
        ]
        await asyncio.gather(*sends)


async def records(settings: Settings, topic: str) -> list[ConsumerRecord]:
    """All that is in a topic now."""
    places = [TopicPartition(topic, number) for number in range(settings.kafka_partitions)]
    found: list[ConsumerRecord] = []
    async with make_consumer(settings) as consumer:
        consumer.assign(places)
        last = await consumer.end_offsets(places)
        while any([await consumer.position(place) < last[place] for place in places]):
            for some in (await consumer.getmany(timeout_ms=200)).values():
                found += some
    return found


async def test_more_than_a_thousand_are_listed_replayed_and_purged(settings: Settings) -> None:
    source, kind = f"source-{secrets.token_hex(4)}", f"kind-{secrets.token_hex(4)}"
    await create_topics(settings, {source: {}})
    error = PermanentError(kind, "No title.")
    events = [
        event(topics.TITLES.name if n == LARGE else source, n, payload(n), {"trace": b"t%d" % n})
        for n in range(MANY)
    ]
    letters = [(letter_for(one, "plan", error), one.message.value) for one in events]
    dead, ours = Commands(settings), ("--error", kind)
    with running("index", settings) as index:
        await index.works()
        await send_letters(settings, letters)
        await until_found(settings, MANY, LetterQuery(error=kind, limit=1))
        total, page = dead.listed(*ours, "--limit", "500", "--page", "3")
        assert (total, len(page)) == (MANY, MANY - 1000)
        assert dead("list", *ours, "--until", "1h").returncode == 1
        assert dead("replay").returncode == 2

        sent = dead("replay", *ours, "--yes")
        assert (sent.returncode, sent.stdout) == (1, b"1,202 sent again.\n"), sent.stderr
        assert b"movietag.titles/0/7/plan: With its history" in sent.stderr
        again = await records(settings, source)
        assert Counter((one.key, one.value) for one in again) == Counter(
            (one.message.key, one.message.value) for one in events if one.message.offset != LARGE
        )
        assert {dict(one.headers)["trace"] for one in again} == {
            b"t%d" % n for n in range(MANY) if n != LARGE
        }
        await until_found(settings, MANY - 1, LetterQuery(error=kind, state="replayed", limit=1))
        assert dead.listed(*ours, "--state", "replayed", "--limit", "1")[0] == MANY - 1
        assert dead("replay", *ours, "--yes").stdout == b"0 sent again.\n"

        one = next(one for one in again if one.key == b"key 3")
        failed = letter_for(
            event(source, 9999, one.value, dict(one.headers)),
            "plan",
            PermanentError(kind, "Again."),
        )
        await send_letters(settings, [(failed, one.value)])
        await until_found(settings, 2, LetterQuery(error=kind, state="failed", limit=1))
        (found,) = [
            letter
            for letter in dead.listed(*ours, "--state", "failed")[1]
            if letter["attempts"] == 2
        ]
        assert found["letter_id"] == f"{source}/0/3/plan"
        assert [failure["reason"] for failure in found["history"]] == ["No title.", "Again."]

        assert dead("show", "--payload", f"{source}/0/4/plan").stdout == payload(4)
        assert dead("purge", f"{source}/0/4/plan", f"{source}/0/3/plan", "--yes").returncode == 0
        await until_found(settings, MANY - 2, LetterQuery(error=kind, limit=1))
        await send_letters(settings, letters[:5])  # as a stage that was killed sends them again
        await until_read(settings)
        assert dead.listed(*ours, "--limit", "1")[0] == MANY - 2
        assert dead("show", f"{source}/0/4/plan").returncode == 1

        before = await bodies(settings, kind)
        async with connected(settings) as es:
            await es.indices.delete(index=index_name(DEAD_LETTERS, ""))
        await restore_letters(settings, lambda done, total: None)
        assert await bodies(settings, kind) == before
        assert len(before) == MANY - 2


async def until_found(settings: Settings, wanted: int, query: LetterQuery) -> None:
    """Wait until the index holds so many letters."""
    async with reader(settings) as library:

        async def all_there() -> bool | None:
            return True if (await library.letters(query)).total == wanted else None

        await until(all_there, 60)


async def until_read(settings: Settings) -> None:
    """Wait until the index stage has written all letters there are."""
    places = [TopicPartition(topics.DEAD_LETTERS.name, n) for n in range(settings.kafka_partitions)]
    async with (
        make_consumer(settings, group_id="movietag-index") as consumer,
        asyncio.timeout(60),
    ):
        consumer.assign(places)
        last = await consumer.end_offsets(places)
        while any([(await consumer.committed(at) or 0) < last[at] for at in places]):
            await asyncio.sleep(0.1)


async def bodies(settings: Settings, kind: str) -> dict[str, tuple[str, int]]:
    """State and attempts of every letter of a kind."""
    async with reader(settings) as library:
        await library.es.indices.refresh(index=index_name(DEAD_LETTERS, ""))
        found = scan_letters(library, LetterQuery(error=kind))
        return {one.letter_id: (one.state, one.attempts) async for one in found}


async def test_a_video_that_is_replayed_through_its_plan_stays_the_same_letter(
    stack: Stack, settings: Settings, tmp_path: Any
) -> None:
    if "triton" not in {part.name for part in stack.status().parts if part.state == "running"}:
        pytest.skip("The demo model is not trained: there is no Triton that the plan could ask.")
    movie, file = MovieId(f"again-{secrets.token_hex(4)}"), tmp_path / "a.mp4"
    file.write_bytes(b"not read here")
    chosen = settings.model_copy(update={"roots": (tmp_path,)})
    title = {"title": "Again", "movie_id": movie, "files": [str(file)]}
    with running("plan", chosen):
        async with make_producer(settings) as producer:
            await producer.send_and_wait(topics.TITLES.name, json.dumps(title).encode())
            (first,) = await jobs(settings, movie, 1)
            job = decode(VideoJob, first.value)
            # As the fetch stage settles an error of ours: the video's failure, then the letter.
            error = PermanentError("internal", "An error of movietag.")
            letter = letter_for(as_event(first), "fetch", error, movie)
            failed = VideoFailed(
                movie, job.generation, VideoFailure(job.video.video_id, "internal", "An error.")
            )
            await producer.send_and_wait(topics.REQUESTS.name, encode(failed), movie.encode())
            at = await producer.send_and_wait(
                topics.DEAD_LETTERS.name,
                first.value,
                letter.letter_id.encode(),
                headers=[(topics.LETTER_HEADER, encode(letter))],
            )
            body = LetterBody(
                letter_id=letter.letter_id,
                stage="fetch",
                topic=letter.topic,
                partition=letter.partition,
                offset=letter.offset,
                error="internal",
                reason="",
                attempts=1,
                history=letter.history,
                movie_id=movie,
                preview="",
                size=0,
                letter_partition=at.partition,
                letter_offset=at.offset,
                at_ms=0,
            )
            outcome = await replay(settings, producer, one_of(body))
            assert (outcome.done, outcome.left) == (1, {})
            second = (await jobs(settings, movie, 2))[1]
    failed_again = letter_for(as_event(second), "fetch", error, movie)
    assert failed_again.letter_id == letter.letter_id
    assert len(failed_again.history) == 2


def as_event(record: ConsumerRecord) -> Any:
    return SimpleNamespace(message=record, headers=dict(record.headers))


async def one_of(body: LetterBody) -> AsyncIterator[LetterBody]:
    yield body


async def jobs(settings: Settings, movie: MovieId, wanted: int) -> list[ConsumerRecord]:
    """The videos that the plan has sent for a movie, once there are so many."""
    async with asyncio.timeout(60):
        while True:
            found = [
                one
                for one in await records(settings, topics.VIDEOS.name)
                if movie.encode() in (one.value or b"")
            ]
            if len(found) >= wanted:
                return sorted(found, key=lambda one: int(one.timestamp))
            await asyncio.sleep(0.2)
