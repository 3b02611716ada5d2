"""Counting again, after the ledger and the indices were deleted, on real servers."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from elasticsearch import ApiError
from support.addresses import search_of
from support.patience import within
from support.records import caption, manifest, plan, slot_failure
from support.stage_http import Asked
from support.stage_processes import running

from movietag import topics
from movietag.documents import DEAD_LETTERS, FRAMES, MOVIE_TAGS, MOVIES, index_name
from movietag.errors import UsageError
from movietag.kafka.clients import create_topics, make_admin, make_producer
from movietag.kafka.epochs import configured_epoch, count_changelog, count_group
from movietag.local.stack import Stack
from movietag.records import Document, Fact, MovieId, encode
from movietag.recount.current import raise_epoch, read_current
from movietag.recount.deleting import ManyDeletionsError
from movietag.recount.recounting import epochs_of, finish
from movietag.rules.publishing import version
from movietag.search.client import connected
from movietag.search.index.losses import index_losses
from movietag.search.index.writer import write_bulk
from movietag.settings import Settings
from movietag.vocabulary import load

Found = dict[str, tuple[int, Any]]  # id -> version, body


@pytest.fixture
def settings(stack: Stack, tmp_path: Path) -> Settings:
    """Those of a count of its own: a vocabulary and a home that no other test has."""
    tags = tmp_path / f"recount-{secrets.token_hex(4)}.txt"
    tags.write_text("horror\ncomedy\nnoir\n")
    return Settings(
        home=tmp_path / "home",
        port_base=stack.settings.port_base,
        **search_of(stack.settings),
        vocabulary=str(tags),
        second_count=True,  # the servers' library has another vocabulary
        count_linger=0.05,
    )


@pytest.fixture
async def aliases_kept(stack: Stack, settings: Settings) -> AsyncIterator[None]:
    """The aliases point where they did before; the indices and the ledgers of the test are gone."""
    async with connected(stack.settings) as es:
        found = await es.indices.get_alias()
        before = {alias: index for index, item in found.items() for alias in item["aliases"]}
        yield
        for alias in (MOVIES, MOVIE_TAGS, FRAMES):
            await es.indices.delete(index=index_of(settings, alias), ignore_unavailable=True)
            if alias in before:
                await es.indices.put_alias(index=before[alias], name=alias)


def vocabulary_id(settings: Settings) -> str:
    return load(settings.vocabulary, settings.match).vocabulary_id


def index_of(settings: Settings, alias: str) -> str:
    return index_name(alias, vocabulary_id(settings))


def story(run: str) -> list[Fact]:
    """A complete movie with a failed slot, one that was refreshed, one whose video was replaced."""
    made: list[tuple[str, list[Fact]]] = [
        (
            "plain",
            [
                plan("a", "b"),
                *(caption("a", slot, "A comedy, noir at best.") for slot in range(4)),
                manifest("a", 4),
                caption("b", 0, "Pure horror."),
                slot_failure("b", 1),
                manifest("b", 2),
            ],
        ),
        (
            "refreshed",
            [
                plan("a", wanted=1),
                caption("a", 0, "Horror."),
                caption("a", 1, "Horror and comedy."),
                manifest("a", 2),
                plan("c", generation=2, wanted=1, rank="1.a", offset=1),
                caption("c", 0, "A noir.", generation=2),
                manifest("c", 1, generation=2),
            ],
        ),
    ]
    return [
        msgspec.structs.replace(fact, movie_id=MovieId(f"{name}-{run}"))
        for name, facts in made
        for fact in facts
    ]


async def send(settings: Settings, facts: list[Fact]) -> None:
    async with make_producer(settings) as producer:
        for fact in facts:
            await producer.send_and_wait(topics.CAPTIONS.name, encode(fact), fact.movie_id.encode())


async def documents(settings: Settings, run: str) -> Found:
    """All documents of the test's movies, with their versions."""
    found: Found = {}
    async with connected(settings) as es:
        for alias in (MOVIES, MOVIE_TAGS, FRAMES):
            index = index_of(settings, alias)
            await es.indices.refresh(index=index, ignore_unavailable=True)
            answer = await es.search(
                index=index, body={"size": 5000, "version": True}, ignore_unavailable=True
            )
            for hit in answer["hits"]["hits"]:
                if run in hit["_id"]:
                    found[f"{alias}/{hit['_id']}"] = (hit["_version"], hit["_source"])
    return found


async def until_counted(settings: Settings, run: str) -> Found:
    """The documents once both movies are complete."""
    async with within(60):
        while True:
            try:
                found = await documents(settings, run)
            except ApiError as error:
                if error.status_code != 503:  # the index is there, and its shard is not yet
                    raise
                found = {}
            movies = [body for key, (_, body) in found.items() if key.startswith("movies/")]
            if [movie["status"] for movie in movies] == ["complete"] * 2 and len(found) == 14:
                return found
            await asyncio.sleep(0.2)


async def until_committed(settings: Settings) -> None:
    """Return once the count's group has committed."""
    admin = make_admin(settings)
    await admin.start()
    group = count_group(vocabulary_id(settings), 0)
    try:
        async with within(60):
            while not await admin.list_consumer_group_offsets(group):
                await asyncio.sleep(0.1)
    finally:
        await admin.close()


async def delete_all(settings: Settings) -> None:
    """The ledger's changelog and every index of the vocabulary, and that of the letters."""
    admin = make_admin(settings)
    await admin.start()
    await admin.delete_topics([count_changelog(vocabulary_id(settings), 0)])
    await admin.close()
    async with connected(settings) as es:
        for alias in (MOVIES, MOVIE_TAGS, FRAMES, DEAD_LETTERS):
            await es.indices.delete(index=index_of(settings, alias))


async def letter_ids(settings: Settings) -> list[str]:
    async with connected(settings) as es:
        await es.indices.refresh(index=index_of(settings, DEAD_LETTERS))
        answer = await es.search(index=index_of(settings, DEAD_LETTERS), body={"size": 5000})
        return sorted(hit["_id"] for hit in answer["hits"]["hits"])


async def losses(settings: Settings) -> dict[str, str]:
    async with connected(settings) as es:
        return await index_losses(es, load(settings.vocabulary, settings.match))


def silent(what: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


@pytest.mark.slow
@pytest.mark.usefixtures("aliases_kept")
async def test_all_deleted_and_counted_again_the_documents_are_equal(settings: Settings) -> None:
    run = secrets.token_hex(4)
    await create_topics(settings)
    await send(settings, story(run))
    with running("index", settings) as index:
        with running("count", settings):
            before = await until_counted(settings, run)
            await until_committed(settings)  # or nothing would say that there had been a ledger
        await index.works()
        await Asked(settings, "index").until(
            "state.lag.get('documents') == 0"
        )  # others' letters are there
        letters = await letter_ids(settings)
        await delete_all(settings)
        await index.says("was deleted and created again", times=3)
        await Asked(settings, "index").until(
            "any('movietag recount' in one for one in state.waits)"
        )
        with running("count", settings) as count:  # its group has worked, its ledger is gone
            assert await count.ended(60) == 2
            assert "movietag recount" in count.log

        assert await topics_of(settings) == set()  # the refused one has made none
        await raise_epoch(settings, vocabulary_id(settings), 1)
        stray = Document(
            index_of(settings, FRAMES), f"stray-{run}", version(0, 9, 9), msgspec.Raw(b"{}")
        )
        with running("count", settings):
            assert await finish(settings, 1, silent) == 0
            after = await documents(settings, run)
            async with connected(settings) as es:  # nobody's fact, as an older movietag left it
                assert await write_bulk(es, [stray]) == []
            assert await finish(settings, 1, silent) == 1
            assert await documents(settings, run) == after
            strays = [
                Document(stray.index, f"{number}-stray-{run}", stray.version, stray.body)
                for number in range(20)
            ]
            async with connected(settings) as es:  # as those of another library would be
                assert await write_bulk(es, strays) == []
            with pytest.raises(ManyDeletionsError, match="delete 20 documents"):
                await finish(settings, 1, silent)
            assert len(await documents(settings, run)) == len(after) + 20
            assert await finish(settings, 1, silent, delete_many=True) == 20
            assert await documents(settings, run) == after
    assert {key: body for key, (_, body) in after.items()} == {
        key: body for key, (_, body) in before.items()
    }
    # The newest fact that was folded when a document changed last depends on how they came together.
    raised, generations = version(1, 0, 0), version(0, 1, 0)
    assert {key: at // generations for key, (at, _) in after.items()} == {
        key: (at + raised) // generations for key, (at, _) in before.items()
    }
    assert all(at % generations for at, _ in after.values())
    assert not any((await losses(settings)).values())
    assert await letter_ids(settings) == letters
    ledgers, groups = await epochs_of(settings)
    assert (ledgers, groups) == ({1}, {0, 1})


@pytest.mark.usefixtures("aliases_kept")
@pytest.mark.slow
async def test_workers_without_a_home_go_with_a_recount(settings: Settings, tmp_path: Path) -> None:
    """As in containers: each has its own home, and nobody tells it the epoch."""
    run = secrets.token_hex(4)
    await create_topics(settings)
    await send(settings, story(run))
    homes = [
        settings.model_copy(update={"home": tmp_path / f"container-{number}"}) for number in (1, 2)
    ]
    with running("index", settings):
        with running("count", homes[0]) as one:
            await until_counted(settings, run)
            await raise_epoch(settings, vocabulary_id(settings), 1)
            await one.ended(60)  # by itself; whoever keeps it running starts it again
            assert "something else is counted now" in one.log
        with running("count", homes[0]) as one, running("count", homes[1]) as two:
            await one.works()
            await two.works()
            assert await finish(settings, 1, silent) == 0
            found = await until_counted(settings, run)
            assert "started anew" in one.log
            assert "started anew" in two.log
    assert {at >> 48 for at, _ in found.values()} == {1}
    assert await epochs_of(settings) == ({1}, {0, 1})


@pytest.mark.slow
@pytest.mark.usefixtures("aliases_kept")
async def test_the_setting_raises_the_epoch_for_all(settings: Settings) -> None:
    await create_topics(settings)
    with running("count", settings) as one:
        await one.works()
        with running("count", settings.model_copy(update={"epoch": 3})) as later:
            await one.ended(60)
            await later.works()
    assert (await read_current(settings)).of(settings) == (vocabulary_id(settings), 3)


async def test_a_refused_start_makes_nothing(settings: Settings) -> None:
    await create_topics(settings)
    with running("count", settings.model_copy(update={"kafka_partitions": 5})) as count:
        assert await count.ended(60) == 2
        assert "set MOVIETAG_KAFKA_PARTITIONS=8" in count.log
    with pytest.raises(UsageError, match="MOVIETAG_KAFKA_PARTITIONS=8"):
        await raise_epoch(
            settings.model_copy(update={"kafka_partitions": 16}), vocabulary_id(settings), 1
        )
    assert await topics_of(settings) == set()


async def topics_of(settings: Settings) -> set[str]:
    """The changelogs of the vocabulary's counts."""
    admin = make_admin(settings)
    await admin.start()
    names = set(await admin.list_topics())
    await admin.close()
    return {name for name in names if vocabulary_id(settings) in name}


def test_setting_and_file_are_lower_bounds_of_the_epoch(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", epoch=2)
    assert configured_epoch(settings) == 2
    (tmp_path / "home").mkdir()
    for text, epoch in {"5\n": 5, "1\n": 2}.items():
        (tmp_path / "home" / "epoch").write_text(text)
        assert configured_epoch(settings) == epoch
    assert count_group("mpst-12", 5) == "movietag-count-mpst-12-e5"
    (tmp_path / "home" / "epoch").write_text("seven")
    with pytest.raises(UsageError, match="seven"):
        configured_epoch(settings)
