"""What a stage writes of itself for dashboards: worked out from what its agents did, and by a real stage."""

from __future__ import annotations

import asyncio
import socket

import pytest
from elasticsearch import NotFoundError
from support.patience import within
from support.stage_http import Asked, sample
from support.stage_processes import running

from movietag import topics
from movietag.documents import MOVIES, index_name
from movietag.kafka.clients import create_topics, make_producer
from movietag.local.stack import Stack
from movietag.records import Document, encode
from movietag.search.client import connected
from movietag.search.index.snapshots import ALIAS, SnapshotBody, index_of
from movietag.stage_state import AgentState, StageState
from movietag.streams.watch.measuring import AgentTotals
from movietag.streams.watch.snapshots import snapshots
from movietag.vocabulary import load

DONE = 'movietag_events_total{agent="documents"}'
STATE = StageState(
    stage="fetch",
    group="movietag-fetch",
    pid=7,
    ready=True,
    agents={"videos": AgentState(in_flight=2, oldest_s=4.5), "plans": AgentState()},
    lag={"videos": 12},
)


def test_a_snapshot_is_what_was_done_since_the_one_before() -> None:
    done = {"videos": AgentTotals(events=10, entries=4, seconds=9.0)}
    before = {"videos": AgentTotals(events=4, entries=1, seconds=3.0)}
    first, second = snapshots(STATE, done, before, 10.0004, "host:7")
    assert first == SnapshotBody(
        stage="fetch",
        process="host:7",
        agent="videos",
        ready=True,
        seconds=10.0,
        events=6,
        handle_s=2.0,  # 6 s for 3 entries
        in_flight=2,
        oldest_s=4.5,
        lag=12,
        at_ms=first.at_ms,
    )
    assert (second.events, second.handle_s, second.lag) == (0, None, None)


@pytest.mark.parametrize(
    ("at_ms", "index"),
    [
        (1_790_000_000_000, "stage_metrics-v1-2026-09"),
        (1_798_761_599_999, "stage_metrics-v1-2026-12"),
        (1_798_761_600_000, "stage_metrics-v1-2027-01"),
    ],
)
def test_every_month_has_its_index(at_ms: int, index: str) -> None:
    assert index_of(at_ms) == index


@pytest.mark.slow
async def test_a_real_stage_writes_what_it_did(stack: Stack) -> None:
    settings = stack.settings.model_copy(update={"snapshot_seconds": 0.5})
    await create_topics(settings)
    gone = index_name(MOVIES, load("mpst").vocabulary_id)
    async with connected(settings) as es:
        with running("index", settings) as stage:
            await stage.works()
            asked = Asked(settings, "index")
            await asked.until("state.lag.get('documents') == 0")  # others' documents are done, too
            before = sample(asked.get("metrics")[1], DONE)
            async with make_producer(settings) as producer:
                for number in range(50):  # deletions of what is not there
                    document = Document(gone, f"snapshots-{number}", 1)
                    await producer.send_and_wait(
                        topics.DOCUMENTS.name, encode(document), key=document.key
                    )
            mine = {"term": {"process": f"{socket.gethostname()}:{stage.process.pid}"}}
            async with within(60):
                while True:
                    try:
                        await es.indices.refresh(index=ALIAS)
                        found = await es.search(
                            index=ALIAS,
                            query={"bool": {"filter": [mine, {"term": {"agent": "documents"}}]}},
                            aggs={
                                "events": {"sum": {"field": "events"}},
                                "handled": {"max": {"field": "handle_s"}},
                            },
                        )
                        done = sample(asked.get("metrics")[1], DONE)
                        written = found["aggregations"]["events"]["value"]
                        if written == done >= before + 50:
                            break
                    except NotFoundError:
                        pass
                    await asyncio.sleep(0.2)
        assert done == before + 50
        assert found["aggregations"]["handled"]["value"] > 0
        assert {hit["_source"]["stage"] for hit in found["hits"]["hits"]} == {"index"}
