"""Counting with another vocabulary on a real stack: killed in the middle, while titles arrive and people search."""

from __future__ import annotations

import asyncio
import json
import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import msgspec
import psutil
import pytest
from aiokafka import TopicPartition
from support.addresses import search_of
from support.patience import patience, within
from support.records import TAGGER, caption, manifest, plan
from support.serve_process import serving
from support.stage_processes import running

from movietag import topics
from movietag.documents import FRAMES, MOVIE_TAGS, MOVIES, index_name, vocabulary_of
from movietag.kafka.clients import make_consumer, make_producer
from movietag.local.stack import Stack
from movietag.records import Fact, MovieId, Placed, decode_fact, encode
from movietag.recount.current import CurrentVocabulary, read_current
from movietag.recount.recounting import epochs_of
from movietag.recount.retagging import searched_vocabulary_id
from movietag.rules.facts import Facts
from movietag.rules.publishing import Publisher
from movietag.rules.tally import Matcher, tally
from movietag.search.client import connected
from movietag.search.index.ensuring import ensure_indices
from movietag.search.reader import reader
from movietag.settings import Settings
from movietag.settings.environment import MARKER, stack_environment
from movietag.settings.home_vocabulary import Tagging, current_tagging
from movietag.vocabulary import Vocabulary, load

NEW_TAG = {"q": "attic>=1%"}  # a query that is no words: strict, so its tag has to be there
pytestmark = [pytest.mark.timeout(600), pytest.mark.slow]

OLD, NEW = "horror\ncomedy\nnoir\n", "horror\ncomedy\nhouse\n"
SLOTS, MOVIES_THERE = 20, 150
SCENES = ("A horror house.", "Pure noir.", "A comedy in a house.", "Nothing at all.")
started: list[subprocess.Popen[bytes]] = []  # commands
PARTS = ("kafka", "elasticsearch", "count", "index")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, port_bases: Iterator[int]) -> Iterator[Stack]:
    """A stack of this file's own, counting with the old tags."""
    folder = tmp_path_factory.mktemp("retag")
    (folder / "old.txt").write_text(OLD)
    (folder / "new.txt").write_text(NEW)
    settings = Settings(
        home=folder / "home",
        port_base=next(port_bases),
        vocabulary=str(folder / "old.txt"),
        count_linger=0.05,
    )
    stack = Stack(settings)
    stack.start(only=PARTS)
    yield stack
    for process in started:
        process.kill()
    stack.down()
    stack.reset()


def story(number: int) -> list[Fact]:
    """All facts of a complete movie."""
    draw = random.Random(number)
    facts: list[Fact] = [plan("a", wanted=1)]
    facts += [caption("a", slot, draw.choice(SCENES)) for slot in range(SLOTS)]
    facts.append(manifest("a", SLOTS))
    movie_id = MovieId(f"movie-{number}")
    return [msgspec.structs.replace(fact, movie_id=movie_id) for fact in facts]


async def send(settings: Settings, *numbers: int) -> None:
    async with make_producer(settings) as producer:
        for fact in (fact for number in numbers for fact in story(number)):
            await producer.send(topics.CAPTIONS.name, encode(fact), fact.movie_id.encode())
        await producer.flush()


async def forget(settings: Settings, number: int) -> None:
    """As the plan stage says it."""
    end = plan(generation=2, wanted=1, rank="2.a", offset=2)
    movie_id = MovieId(f"movie-{number}")
    fact = msgspec.structs.replace(end, forgotten=True, movie_id=movie_id)
    async with make_producer(settings) as producer:
        await producer.send_and_wait(topics.CAPTIONS.name, encode(fact), movie_id.encode())


async def found_of(settings: Settings, number: int) -> dict[str, int]:
    """How many documents of a movie there are in each set of indices, whatever the vocabulary."""
    found: dict[str, int] = {}
    async with connected(settings) as es:
        everywhere = [f"{alias}-*" for alias in (MOVIES, MOVIE_TAGS, FRAMES)]
        await es.indices.refresh(index=everywhere)
        where = {"term": {"movie_id": f"movie-{number}"}}
        answer = await es.search(index=everywhere, query=where, size=1000)
    for hit in answer["hits"]["hits"]:
        vocabulary_id = vocabulary_of(hit["_index"])
        found[vocabulary_id] = found.get(vocabulary_id, 0) + 1
    return found


async def until_nowhere(settings: Settings, number: int) -> None:
    """Wait until nothing of a movie is left in any index."""
    async with within(60):
        while await found_of(settings, number):
            await asyncio.sleep(0.2)


async def indices_of_others(settings: Settings, vocabulary: Vocabulary) -> set[str]:
    async with connected(settings) as es:
        found = await es.indices.get(index=[f"{alias}-*" for alias in (MOVIES, MOVIE_TAGS, FRAMES)])
    return {name for name in found.body if vocabulary_of(name) != vocabulary.vocabulary_id}


async def ledgers_of(settings: Settings, vocabulary: Vocabulary) -> set[int]:
    ledgers, _ = await epochs_of(settings, vocabulary.vocabulary_id)
    return ledgers


async def truth(settings: Settings, vocabulary: Vocabulary) -> dict[str, object]:
    """What the documents have to be: the facts of the topic, folded by the pure core."""
    facts: dict[str, Facts] = {}
    places = [TopicPartition(topics.CAPTIONS.name, at) for at in range(settings.kafka_partitions)]
    async with make_consumer(settings) as consumer:
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    fact = decode_fact(record.value)
                    placed = Placed(record.offset, record.timestamp, fact)
                    facts.setdefault(fact.movie_id, Facts()).add(placed)
    publisher, match = Publisher(vocabulary, 0, "english"), Matcher(vocabulary)
    return {
        document.key.decode(): json.loads(bytes(document.body))
        for found in facts.values()
        if (counted := tally(found, match)) is not None
        for document in publisher.documents(found, counted)
        if not document.deleted
    }


async def documents(settings: Settings, vocabulary: Vocabulary) -> dict[str, object]:
    """What the indices of a vocabulary hold."""
    found: dict[str, object] = {}
    async with connected(settings) as es:
        for alias in (MOVIES, MOVIE_TAGS, FRAMES):
            index = index_name(alias, vocabulary.vocabulary_id)
            await es.indices.refresh(index=index)
            answer = await es.search(index=index, size=10_000)
            found |= {f"{index}/{hit['_id']}": hit["_source"] for hit in answer["hits"]["hits"]}
    return found


async def until_true(settings: Settings, vocabulary: Vocabulary) -> None:
    """Wait until the documents are what they have to be."""
    wanted = await truth(settings, vocabulary)
    deadline = time.monotonic() + patience(90)
    while (found := await documents(settings, vocabulary)) != wanted:
        differ = sorted(key for key in found | wanted if found.get(key) != wanted.get(key))
        shown = [(key, found.get(key), wanted.get(key)) for key in differ[:2]]
        assert time.monotonic() < deadline, (len(found), len(wanted), len(differ), shown)
        await asyncio.sleep(0.3)


async def until_written(settings: Settings, vocabulary: Vocabulary) -> None:
    """Wait until the first documents of a vocabulary are written, whether or not searches see them."""
    index = index_name(FRAMES, vocabulary.vocabulary_id)
    async with within(60), connected(settings) as es:
        while True:
            found = await es.indices.stats(index=index, metric="indexing")
            if found["_all"]["primaries"]["indexing"]["index_total"]:
                return


def command(stack: Stack, vocabulary: Path) -> subprocess.Popen[bytes]:
    """`movietag retag`, with the settings that the stack was started with."""
    environment = stack_environment(stack.settings, stack.where.home)
    environment.pop(MARKER)
    process = subprocess.Popen(
        [sys.executable, "-m", "movietag.cli", "retag", "--json", "--vocabulary", str(vocabulary)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    started.append(process)
    return process


async def answer_of(process: subprocess.Popen[bytes], status: int = 0) -> str:
    out, _ = await asyncio.to_thread(process.communicate, timeout=150)
    assert process.returncode == status, out.decode()
    return out.decode()


async def child_of(process: subprocess.Popen[bytes], module: str) -> psutil.Process:
    """A child of the command that runs this module, as soon as there is one."""
    async with within(60):
        while True:
            assert process.poll() is None, process.stdout and process.stdout.read()
            for child in psutil.Process(process.pid).children():
                with suppress(psutil.NoSuchProcess):  # it has just ended
                    if module in child.cmdline():
                        return child
            await asyncio.sleep(0.02)


@asynccontextmanager
async def searching(settings: Settings) -> AsyncIterator[list[str]]:
    """Somebody asks the aliases for horror all the time; what went wrong."""
    failures: list[str] = []

    async def ask() -> None:
        async with connected(settings) as es:
            while True:
                answer = await es.search(index=MOVIE_TAGS, query={"term": {"tag": "horror"}})
                if answer["hits"]["total"]["value"] < MOVIES_THERE:
                    failures.append(str(answer["hits"]["total"]))
                await asyncio.sleep(0.02)

    task = asyncio.create_task(ask())
    yield failures
    if not task.done():
        task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    if not task.cancelled():
        failures.append(repr(task.exception()))


async def standing_alias(settings: Settings) -> str | None:
    async with connected(settings) as es:
        return await searched_vocabulary_id(es)


async def test_killed_and_repeated_and_back(own: Stack, tmp_path: Path) -> None:
    settings, folder = own.settings, own.where.home.parent
    old, new = (load(str(folder / name)) for name in ("old.txt", "new.txt"))
    await send(settings, *range(MOVIES_THERE))
    await until_true(settings, old)
    async with searching(settings) as failures:
        first = command(own, folder / "new.txt")
        backfill = await child_of(first, "movietag.streams.recount.backfill")
        await until_written(settings, new)
        backfill.kill()  # in the middle; the command starts it again
        second_count = await child_of(first, "movietag.streams.count")
        os.kill(first.pid, signal.SIGSTOP)
        other = command(own, folder / "new.txt")
        assert f"(pid {first.pid}) is recounting" in await answer_of(other, 2)
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        await asyncio.to_thread(second_count.wait, 40)  # the kernel tells it
        assert await standing_alias(settings) == old.vocabulary_id

        await send(settings, 1000)  # a title arrives meanwhile
        again = command(own, folder / "new.txt")
        (await child_of(again, "movietag.streams.count")).kill()
        answer = json.loads(await answer_of(again))
    assert failures == []
    assert (answer["before"], answer["state"]) == (old.vocabulary_id, "stands")
    assert await standing_alias(settings) == new.vocabulary_id
    await until_true(settings, new)  # with the title that came meanwhile
    assert await indices_of_others(settings, new) == set()
    assert await ledgers_of(settings, old) == set()

    copy = Path(
        current_tagging(settings.home, Tagging.of(settings.vocabulary, settings.match)).vocabulary
    )
    assert (copy.read_text(), copy.is_relative_to(own.where.home)) == (NEW, True)
    assert json.loads(await answer_of(command(own, folder / "new.txt")))["state"] == "unchanged"
    await send(settings, 1001)
    await until_true(settings, new)

    own.stop("count", "index")  # a later start finds what stands, whatever it was first told
    Stack(settings.model_copy(update={"vocabulary": str(copy)})).start(only=("count", "index"))
    assert await standing_alias(settings) == new.vocabulary_id

    back = json.loads(await answer_of(command(own, folder / "old.txt")))
    assert (back["before"], back["state"]) == (new.vocabulary_id, "stands")
    await until_true(settings, old)
    assert await standing_alias(settings) == old.vocabulary_id
    assert await ledgers_of(settings, old) == {1}  # all was counted again
    assert await indices_of_others(settings, old) == set()


async def test_forgotten_is_forgotten_everywhere(own: Stack, tmp_path: Path) -> None:
    """Before a retag, while one is under way, with one that was given up, after it, and on the way back."""
    settings, folder = own.settings, own.where.home.parent
    old, new = (load(str(folder / name)) for name in ("old.txt", "new.txt"))
    (left := folder / "left.txt").write_text("horror\nhouse\n")
    names = ("before", "half-built", "under-way", "after", "kept")
    numbers = {name: 2000 + place for place, name in enumerate(names)}
    await send(settings, *numbers.values())
    await until_true(settings, old)

    await forget(settings, numbers["before"])
    await until_nowhere(settings, numbers["before"])

    given_up = command(own, left)
    second_count = await child_of(
        given_up, "movietag.streams.count"
    )  # all is there, and not searched
    assert (await found_of(settings, numbers["half-built"]))[load(str(left)).vocabulary_id] > SLOTS
    assert not await found_of(settings, numbers["before"])
    given_up.kill()
    given_up.wait()
    second_count.kill()
    await forget(settings, numbers["half-built"])
    await until_nowhere(settings, numbers["half-built"])
    assert load(str(left)).vocabulary_id in await found_of(settings, numbers["kept"])

    first = command(own, folder / "new.txt")
    await child_of(first, "movietag.streams.count")
    await forget(settings, numbers["under-way"])
    assert json.loads(await answer_of(first))["state"] == "stands"
    await until_nowhere(settings, numbers["under-way"])
    assert await indices_of_others(settings, new) == set()  # what was given up is gone, too

    await forget(settings, numbers["after"])
    await until_nowhere(settings, numbers["after"])

    assert json.loads(await answer_of(command(own, folder / "old.txt")))["state"] == "stands"
    await until_true(settings, old)
    for name in names[:-1]:
        assert await found_of(settings, numbers[name]) == {}, name
    assert set(await found_of(settings, numbers["kept"])) == {old.vocabulary_id}


async def test_a_server_goes_on_with_what_stands_then(own: Stack) -> None:
    settings, folder = own.settings, own.where.home.parent
    (other := folder / "other.txt").write_text("horror\ncellar\n")
    asked = "/api/movies?q=horror"
    await send(settings, 3000)
    await until_true(settings, load(str(folder / "old.txt")))
    with (
        serving(settings, MOVIETAG_HOME=str(settings.home), MOVIETAG_WEB_RATE="100000") as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        assert (
            client.get("/api/movies?q=cellar%3E0").status_code == 400
        )  # no tag of this vocabulary
        process = command(own, other)
        seen = []
        while process.poll() is None:
            answer = await asyncio.to_thread(client.get, asked)
            seen.append((answer.status_code, answer.json().get("total", 0) > 0))
        assert json.loads(await answer_of(process))["state"] == "stands"
        assert set(seen) == {(200, True)}
        assert client.get("/api/movies?q=cellar").status_code == 200
    back = json.loads(await answer_of(command(own, folder / "old.txt")))
    assert back["state"] == "stands"


async def test_a_retag_that_was_given_up_is_cleaned_up(own: Stack) -> None:
    settings, folder = own.settings, own.where.home.parent
    stands = load(str(folder / "old.txt"))
    (left := folder / "left.txt").write_text("horror\nhouse\nnoir\n")
    given_up = command(own, left)
    await child_of(given_up, "movietag.streams.count")
    given_up.kill()
    given_up.wait()
    assert await indices_of_others(settings, stands)
    answer = json.loads(await answer_of(command(own, folder / "old.txt")))
    assert answer["state"] == "unchanged"
    assert await indices_of_others(settings, stands) == set()
    assert await ledgers_of(settings, load(str(left))) == set()


async def test_where_the_stages_run_elsewhere_it_is_repeated(own: Stack, tmp_path: Path) -> None:
    """The former count may still run there: nothing of it is deleted then."""
    folder = own.where.home.parent
    stands = load(str(folder / "old.txt"))
    (former := folder / "former.txt").write_text("horror\nformer\n")
    elsewhere = Settings(
        home=tmp_path / "home",
        port_base=own.settings.port_base,
        kafka=own.settings.kafka_address,
        **search_of(own.settings),
        vocabulary=str(folder / "old.txt"),
    )
    there = Stack(elsewhere)
    async with connected(elsewhere) as es:
        await ensure_indices(es, load(str(former)))
    counting = {"vocabulary": str(former), "second_count": True}
    with running("count", elsewhere.model_copy(update=counting)) as count:
        await count.works()
        told = await answer_of(command(there, folder / "old.txt"), 2)
        assert f"movietag-count-{load(str(former)).vocabulary_id}-e0 has members" in told
        assert await indices_of_others(elsewhere, stands)
        assert count.stop() == 0
    answer = json.loads(await answer_of(command(there, folder / "old.txt")))
    assert answer["state"] == "unchanged"
    assert await indices_of_others(elsewhere, stands) == set()
    assert await ledgers_of(elsewhere, load(str(former))) == set()


async def test_from_another_machine(own: Stack, tmp_path: Path) -> None:
    """The stages run elsewhere and have no file of it: they turn to it by themselves, and so does who searches."""
    settings, folder = own.settings, own.where.home.parent
    (third := tmp_path / "third.txt").write_text("horror\nattic\n")
    elsewhere = Settings(
        home=tmp_path / "home",
        port_base=settings.port_base,
        kafka=settings.kafka_address,
        **search_of(settings),
        vocabulary=str(folder / "old.txt"),
    )
    beside = elsewhere.model_copy(
        update={"home": tmp_path / "beside", "vocabulary": str(third), "second_count": True}
    )
    await send(settings, 4000)
    await until_true(settings, load(str(folder / "old.txt")))
    with (
        serving(elsewhere, MOVIETAG_HOME=str(tmp_path), MOVIETAG_WEB_RATE="100000") as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        assert client.get("/api/movies", params=NEW_TAG).status_code == 400
        process = command(Stack(elsewhere), third)
        with running("count", beside):
            out = await answer_of(process)
        assert json.loads(out[out.index("{") :])["state"] == "stands"
        async with reader(elsewhere) as found:
            assert found.vocabulary == load(str(third))
        async with within(30):
            while client.get("/api/movies", params=NEW_TAG).status_code != 200:
                await asyncio.sleep(0.1)
    third.unlink()
    await send(settings, 4001)
    await until_true(settings, (await standing_of(settings)).vocabulary)
    back = json.loads(await answer_of(command(own, folder / "old.txt")))
    assert back["state"] == "stands"


async def standing_of(settings: Settings) -> CurrentVocabulary:
    found = (await read_current(settings)).row
    assert found is not None
    return found


async def test_what_cannot_be(own: Stack, tmp_path: Path) -> None:
    many = tmp_path / "many.txt"
    many.write_text("\n".join(f"tag {number}" for number in range(10_000)))
    assert "10000 tags; it needs 1 to 5000" in await answer_of(command(own, many), 2)
    many.write_text("horror\nHorror\n")
    assert "line 2: 'Horror' is listed twice" in await answer_of(command(own, many), 2)


async def test_scored_frames_are_refused(own: Stack, tmp_path: Path) -> None:
    scored = tmp_path / f"scored-{secrets.token_hex(4)}.txt"
    scored.write_text("horror\n")
    facts: list[Fact] = [
        plan("a", wanted=1),
        msgspec.structs.replace(caption("a", 0, ""), confidence={"horror": 0.9}),
        manifest("a", 1),
    ]
    async with make_producer(own.settings) as producer:
        for fact in facts:
            await producer.send_and_wait(topics.CAPTIONS.name, encode(fact), b"heat-1995-00000000")
    await until_true(own.settings, load(own.settings.vocabulary))
    out = await answer_of(command(own, scored), 2)
    assert "cannot be counted" in out
    assert f"1 of {TAGGER}" in out
