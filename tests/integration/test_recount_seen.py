"""What is seen while all is counted again: never a forgotten movie, never less of another."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import msgspec
import psutil
import pytest
from elasticsearch import AsyncElasticsearch
from support.commands import until
from support.patience import patience
from support.records import TAGGER, caption, manifest, plan
from support.stage_processes import running

from movietag import topics
from movietag.documents import FRAMES, MOVIES, index_name
from movietag.kafka.clients import make_producer
from movietag.local.stack import Stack
from movietag.records import Fact, MovieId, encode
from movietag.recount.current import read_current
from movietag.recount.recounting import epochs_of, finish
from movietag.search.client import connected
from movietag.settings import Settings
from movietag.settings.credentials import spelled_out
from movietag.settings.environment import MARKER, stack_environment
from movietag.vocabulary import load

PARTS = ("kafka", "elasticsearch", "count", "index")
SLOTS = 20
COMPLETE = [f"complete-{number}" for number in range(80)]
REFRESHED = [f"refreshed-{number}" for number in range(40)]
FORGOTTEN = [f"forgotten-{number}" for number in range(40)]
LATER = 1 << 48  # versions of a recount


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory, port_bases: Iterator[int]) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("recount")
    (folder / "tags.txt").write_text("horror\ncomedy\n")
    settings = Settings(
        home=folder / "home",
        port_base=next(port_bases),
        vocabulary=str(folder / "tags.txt"),
        count_linger=0.05,
    )
    stack = Stack(settings)
    stack.start(only=PARTS)
    yield stack
    stack.down()
    stack.reset()


def generation(number: int, slots: int) -> list[Fact]:
    """All facts of a complete generation."""
    return [
        plan("a", generation=number, wanted=1, rank=f"{number}.a", offset=number),
        *(caption("a", slot, "Pure horror.", generation=number) for slot in range(slots)),
        manifest("a", slots, generation=number),
    ]


def story(movie: str) -> list[Fact]:
    facts = generation(1, SLOTS)
    if movie.startswith("refreshed"):
        facts += generation(2, SLOTS + 5)
    if movie.startswith("forgotten"):
        end = plan(generation=2, wanted=1, rank="2.a", offset=2)
        facts.append(msgspec.structs.replace(end, forgotten=True))
    return [msgspec.structs.replace(fact, movie_id=MovieId(movie)) for fact in facts]


async def send(settings: Settings, movies: list[str]) -> None:
    async with make_producer(settings) as producer:
        for fact in (fact for movie in movies for fact in story(movie)):
            await producer.send(topics.CAPTIONS.name, encode(fact), fact.movie_id.encode())
        await producer.flush()


def index_of(settings: Settings, alias: str) -> str:
    return index_name(alias, load(settings.vocabulary, settings.match).vocabulary_id)


@dataclass
class Watch:
    """What somebody sees who asks all the time, of documents as they are, searches need not know them yet."""

    es: AsyncElasticsearch
    settings: Settings
    images: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    looks: int = 0
    later: int = 0  # documents of the recount

    async def look(self) -> None:
        movies = [*COMPLETE, *REFRESHED, *FORGOTTEN]
        wanted = [
            {"_index": index_of(self.settings, MOVIES), "_id": f"{movie}~{TAGGER}"}
            for movie in movies
        ]
        wanted += [
            {"_index": index_of(self.settings, FRAMES), "_id": f"{movie}~{TAGGER}~a~000"}
            for movie in movies
        ]
        answer = await self.es.mget(docs=wanted)
        both = answer["docs"][: len(movies)], answer["docs"][len(movies) :]
        for movie, of_movie, of_frame in zip(movies, *both, strict=True):
            self._see(movie, of_movie, of_frame)
        self.later = sum(doc.get("_version", 0) >= LATER for doc in answer["docs"])
        self.looks += 1

    def _see(self, movie: str, of_movie: dict[str, object], of_frame: dict[str, object]) -> None:
        if movie in FORGOTTEN:
            if of_movie["found"] or of_frame["found"]:
                self.wrong.append(f"{movie} is back")
            return
        body = of_movie.get("_source")
        if not of_frame["found"] or not isinstance(body, dict):
            self.wrong.append(f"{movie} is gone")
            return
        before = self.images.setdefault(movie, body["images"])
        if (body["status"], body["images"]) != ("complete", before):
            self.wrong.append(f"{movie} is {body['status']} with {body['images']} of {before}")


async def as_told(watch: Watch) -> bool | None:
    """True once everything is as the facts say."""
    fresh = Watch(watch.es, watch.settings)
    await fresh.look()
    wanted = dict.fromkeys(COMPLETE, SLOTS) | dict.fromkeys(REFRESHED, SLOTS + 5)
    return True if not fresh.wrong and fresh.images == wanted else None


@asynccontextmanager
async def watching(settings: Settings) -> AsyncIterator[Watch]:
    """Somebody looks all the time from when everything is as the facts say, and sees nothing wrong."""
    async with connected(settings) as es:
        watch = Watch(es, settings)
        await until(lambda: as_told(watch), 90)
        await watch.look()

        async def look() -> None:
            while True:
                await watch.look()

        task = asyncio.create_task(look())
        try:
            yield watch
            if task.done():
                task.result()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    assert watch.looks > 10
    assert watch.wrong == []


def command(stack: Stack) -> subprocess.Popen[bytes]:
    environment = stack_environment(stack.settings, stack.where.home)
    environment.pop(MARKER)
    return subprocess.Popen(
        [sys.executable, "-m", "movietag.cli", "recount", "--yes"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


async def ended(process: subprocess.Popen[bytes]) -> str:
    out, _ = await asyncio.to_thread(process.communicate, timeout=patience(150))
    assert process.returncode == 0, out.decode()
    return out.decode()


def backfill_of(process: subprocess.Popen[bytes]) -> psutil.Process | None:
    assert process.poll() is None, process.stdout and process.stdout.read()
    for child in psutil.Process(process.pid).children():
        try:
            if "movietag.streams.recount.backfill" in child.cmdline():
                return child
        except psutil.NoSuchProcess:  # it has just ended
            continue
    return None


async def raised(settings: Settings) -> bool | None:
    """For ``until``: whether a recount has begun."""
    return (await read_current(settings)).of(settings)[1] == 1 or None


def promptly(question: Callable[[], object]) -> Callable[[], object]:
    """A question for ``until`` that is answered once it is true."""

    async def ask() -> object:
        return question() or None

    return ask


@pytest.mark.slow
async def test_a_recount_shows_each_movie_as_it_stands(own: Stack) -> None:
    settings = own.settings
    await send(settings, [*COMPLETE, *REFRESHED, *FORGOTTEN])
    async with watching(settings) as watch:
        process = command(own)
        await until(partial(raised, settings), 60, 0.01)
        await send(settings, ["new-1"])  # counted afterwards
        assert "as epoch 1" in await ended(process)
        found = await watch.es.get(index=index_of(settings, MOVIES), id=f"new-1~{TAGGER}")
        assert found["_source"]["images"] == SLOTS
        assert watch.later == 2 * len([*COMPLETE, *REFRESHED])


@pytest.mark.slow
async def test_cut_short_and_started_and_repeated(own: Stack) -> None:
    settings = own.settings
    await send(settings, [*COMPLETE, *REFRESHED, *FORGOTTEN])
    async with watching(settings) as watch:
        process = command(own)
        child = await until(promptly(lambda: backfill_of(process)), 60, 0.01)
        assert isinstance(child, psutil.Process)
        await until(promptly(lambda: watch.later), 60, 0.001)
        child.suspend()
        process.send_signal(signal.SIGKILL)
        process.wait()
        child.kill()
        await asyncio.to_thread(own.start, only=PARTS)  # as `movietag up` does
        assert "Finishing the recount" in await ended(command(own))
        assert watch.later == 2 * len([*COMPLETE, *REFRESHED])
    ledgers, _ = await epochs_of(settings)
    assert ledgers == {1}


@pytest.mark.slow
async def test_workers_that_begin_a_later_epoch_at_once(own: Stack) -> None:
    """As in containers, where the epoch is a setting."""
    settings = own.settings
    await send(settings, [*COMPLETE, *REFRESHED, *FORGOTTEN])
    async with watching(settings):
        await asyncio.to_thread(own.stop, "count")
        own_home = {"epoch": 1, "home": settings.home / "container", "second_count": True}
        later = spelled_out(settings).model_copy(update=own_home)
        with running("count", later) as one:
            two = type(one)("count", later, 2)
            try:
                await one.works()
                await two.works()
                await finish(later, 1, lambda *_: None)
            finally:
                two.process.kill()
                two.process.wait()
            # Mostly one leads; when the second joins late, both may: that must do no harm.
            assert "backfill:" in one.log + two.log
            two.forget_output()
