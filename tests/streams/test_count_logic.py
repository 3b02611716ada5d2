"""What the count stage does with facts, in process: the ledger first, then documents, each once unless it is a replay."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError
from support.count_bench import STORY, Counting, fact, facts
from support.records import MOVIE, slot_failure
from support.stage_bench import settled
from support.stage_fakes import event

from movietag import topics
from movietag.records import Settled
from movietag.streams.handlers import fact_counter


async def test_facts_are_in_the_ledger_before_a_document_is_sent() -> None:
    bench = Counting()
    assert await bench.count(fact(STORY[0])) == [
        "ledger <- plan 1.0",
        "documents <- document movies",
        "acked 0",
    ]


async def test_facts_that_come_together_become_one_update() -> None:
    bench = Counting()
    effects = await bench.count(*facts(*STORY))
    assert effects[0] == "ledger <- plan 1.0, manifest a, caption a/0, caption a/1"
    assert effects[-5:] == ["requests <- settled 1", "acked 0", "acked 1", "acked 2", "acked 3"]
    sent = effects[1:-5]
    assert set(sent) <= {
        f"documents <- document {name}" for name in ("movies", "movie_tags", "frames")
    }
    assert bench.requests.records == [Settled(MOVIE, 1, 2)]
    (movie,) = (body for body in bench.newest().values() if "status" in body)
    assert (movie["status"], movie["images"]) == ("complete", 2)


async def test_what_has_not_changed_is_not_sent_again() -> None:
    bench = Counting()
    await bench.count(*facts(*STORY[:3]))
    before = len(bench.documents.records)
    await bench.count(fact(STORY[3], 3))
    sent = [one.doc_id for one in bench.documents.records[before:]]
    assert f"{MOVIE}/a/0" not in " ".join(sent)
    assert len(sent) == len(set(sent))


async def test_after_a_restart_a_fact_that_comes_again_sends_all_that_it_causes() -> None:
    bench = Counting()
    await bench.count(*facts(*STORY))
    first = bench.newest()
    bench.documents.sent.clear()
    effects = await bench.count(fact(STORY[3], 3), counter=bench.process())
    assert not [one for one in effects if one.startswith("ledger <-")]
    assert effects[-2:] == ["requests <- settled 1", "acked 3"]
    assert bench.newest() == first


async def test_in_the_same_process_it_sends_what_concerns_it() -> None:
    bench = Counting()
    await bench.count(*facts(*STORY))
    bench.documents.sent.clear()
    effects = await bench.count(fact(STORY[3], 3))
    assert effects[-2:] == ["requests <- settled 1", "acked 3"]
    frames = [one.doc_id for one in bench.documents.records if one.index.startswith("frames")]
    assert len(frames) == 1


@pytest.mark.parametrize("lost", ["ledger", "documents", "requests"])
async def test_a_send_that_fails_is_done_again_and_counts_once(lost: str) -> None:
    bench = Counting()
    getattr(bench, lost).errors.append(KafkaConnectionError())
    effects = await bench.count(*facts(*STORY))
    assert effects[-4:] == ["acked 0", "acked 1", "acked 2", "acked 3"]
    assert len(bench.ledger.facts(MOVIE, 0)) == len(STORY)
    quiet = Counting()
    await quiet.count(*facts(*STORY))
    assert bench.newest() == quiet.newest()
    assert bench.requests.records[-1] == quiet.requests.records[-1]


async def test_rubbish_becomes_a_letter_and_the_others_are_counted() -> None:
    bench = Counting()
    rubbish = event(topics.CAPTIONS.name, b"no fact", offset=9, key=MOVIE.encode())
    effects = await bench.count(rubbish, *facts(STORY[0]))
    assert effects.index("letter bad-record") < effects.index("acked 9")
    assert effects[-2:] == ["documents <- document movies", "acked 0"]
    assert bench.letters[0].movie_id == MOVIE


async def test_an_error_of_ours_becomes_a_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: Any) -> Any:
        raise KeyError("x")

    monkeypatch.setattr(fact_counter, "tally", broken)
    assert await Counting().count(fact(STORY[0])) == [
        "ledger <- plan 1.0",
        "letter internal",
        "acked 0",
    ]


async def test_a_newer_versions_fact_is_kept_and_counts_for_nothing() -> None:
    bench = Counting()
    await bench.count(*facts(*STORY))
    before = bench.newest()
    noted = json.dumps({"kind": "noted", "movie_id": MOVIE, "generation": 1}).encode()
    newer = event(topics.CAPTIONS.name, noted, offset=4, key=MOVIE.encode())
    assert (await bench.count(newer))[0] == "ledger <- unknown noted"
    assert bench.newest().keys() == before.keys()


async def test_a_finished_movie_has_one_page() -> None:
    bench = Counting()
    for number, record in enumerate(STORY):
        effects = await bench.count(fact(record, number))
    assert effects[-2:] == ["ledger sealed", "acked 3"]
    assert bench.ledger.page_count(MOVIE, 0) == 1


async def test_a_slot_that_failed_is_counted_as_failed() -> None:
    bench = Counting()
    await bench.count(*facts(*STORY[:3], slot_failure("a", 1)))
    assert bench.requests.records == [Settled(MOVIE, 1, 1)]


async def test_a_ledger_that_was_read_again_is_what_counts() -> None:
    bench = Counting()
    await bench.count(*facts(*STORY[:2]))
    await bench.process().count_fact(
        fact(STORY[2], 2)
    )  # meanwhile another worker had the partition
    bench.counter.forget()
    await bench.count(fact(STORY[3], 3))
    assert bench.requests.records[-1] == Settled(MOVIE, 1, 2)


@pytest.mark.parametrize("slow", ["documents", "requests"])
async def test_nothing_is_acked_before_the_broker_has_what_follows(slow: str) -> None:
    bench = Counting()
    getattr(bench, slow).broker.clear()
    work = asyncio.create_task(bench.count(*facts(*STORY)))
    await settled()
    assert any(one.startswith(f"{slow} <-") for one in bench.effects)
    assert not [one for one in bench.effects if one.startswith("acked")]
    getattr(bench, slow).broker.set()
    await work
    assert bench.effects[-1] == "acked 3"
