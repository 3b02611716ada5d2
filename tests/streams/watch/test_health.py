"""Health over HTTP: of stages that run on real servers, that wait for them, and that fail."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete
from support.patience import within
from support.stage_bench import Bench
from support.stage_http import Asked, get, sample, url
from support.stage_processes import running

from movietag import topics
from movietag.documents import MOVIES, index_name
from movietag.kafka.clients import create_topics, make_admin, make_consumer, make_producer
from movietag.local.preflight import port_free
from movietag.local.stack import Stack
from movietag.local.stages import ask_stages, lag_of, stage_status
from movietag.records import Document, FrameInfo, MovieId, TaggerId, VideoId, encode
from movietag.settings import Settings
from movietag.settings.environment import stack_environment
from movietag.stage_state import StageState, embedded_port
from movietag.streams.runtime.app import make_stage_app
from movietag.streams.watch.broker import BrokerWatch
from movietag.streams.watch.health import Health
from movietag.streams.watch.measuring import Measuring
from movietag.streams.watch.metrics import Metrics
from movietag.vocabulary import load

FRAMES = 6
DONE = 'movietag_events_total{agent="documents"}'
ANSWER_AGE = 'movietag_answer_age_seconds{server="elasticsearch"}'


# -- running stages


async def test_a_stage_tells_how_it_is_and_what_it_has_done(stack: Stack) -> None:
    settings = stack.settings
    await create_topics(settings)
    with running("index", settings) as stage:
        asked = Asked(settings, "index")
        state = await asked.until("state.ready")
        assert (state.stage, state.pid) == ("index", stage.process.pid)
        assert set(state.agents) == {"documents", "dead-letters"}
        assert asked.get("healthz") == (200, "ok\n")
        code, body = asked.get("readyz")
        assert (code, msgspec.json.decode(body)["ready"]) == (200, True)
        await asked.until("state.lag.get('documents') == 0")  # others' documents are done, too
        before = sample(asked.get("metrics")[1], DONE)

        name = index_name(MOVIES, load("mpst").vocabulary_id)
        async with make_producer(settings) as producer:
            for number in range(50):  # deletions of what is not there
                gone = Document(name, f"health-{number}", 1)
                await producer.send_and_wait(topics.DOCUMENTS.name, encode(gone), key=gone.key)
        async with within(60):
            while sample(asked.get("metrics")[1], DONE) < before + 50:
                await asyncio.sleep(0.1)
        await asked.until("state.lag.get('documents') == 0 and state.agents['documents'].rate > 0")

        text = asked.get("metrics")[1]
        assert sample(text, DONE) - before == 50
        assert sample(text, 'movietag_batch_events_sum{agent="documents"}') >= 50
        assert sample(text, 'movietag_step_seconds_count{agent="documents",step="write"}') >= 1
        assert sample(text, 'movietag_in_flight{agent="documents"}') == 0
        assert sample(text, "movietag_ready") == 1
        assert sample(text, "process_resident_memory_bytes") > 10 << 20

        age = oldest = sample(text, ANSWER_AGE)
        async with within(60):  # it is younger again after an answer; without one it only grows
            while age >= oldest:
                await asyncio.sleep(0.1)
                age = sample(asked.get("metrics")[1], ANSWER_AGE)
                oldest = max(oldest, age)

        summed = {one.name: one for one in await asyncio.to_thread(ask_stages, settings)}
        assert (summed["index"].answering, summed["index"].ready) == (1, 1)
        assert summed["index"].lag == 0
        assert (summed["plan"].answering, summed["plan"].in_flight) == (0, None)

        with running("index", settings) as second:  # its port is in use
            await second.says("no health and no metrics")
            await second.works()
    # The stage is down: what can be told of it, Kafka tells.
    summed = {one.name: one for one in await asyncio.to_thread(ask_stages, settings)}
    assert (summed["index"].answering, summed["index"].lag) == (0, 0)


@asynccontextmanager
async def frames_that_wait(settings: Settings) -> AsyncIterator[None]:
    """Some frames in their topic in the block, deleted afterwards: other tests have the same servers."""
    await create_topics(settings)
    places = [TopicPartition(topics.FRAMES.name, n) for n in range(settings.kafka_partitions)]
    async with make_producer(settings) as producer:
        for slot in range(FRAMES):
            info = FrameInfo(MovieId("health"), 1, VideoId("x:health"), slot, 1.0, TaggerId("t"))
            await producer.send_and_wait(
                topics.FRAMES.name,
                b"jpeg",
                key=b"%d" % slot,
                headers=[(topics.FRAME_HEADER, encode(info))],
            )
    try:
        yield
    finally:
        async with make_consumer(settings) as consumer:
            ends = await consumer.end_offsets(places)
        admin = make_admin(settings)
        await admin.start()
        await admin.delete_records({at: RecordsToDelete(end) for at, end in ends.items() if end})
        await admin.close()


async def test_a_stage_whose_server_is_away_says_what_it_waits_for(stack: Stack) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        away = f"127.0.0.1:{nobody.getsockname()[1]}"
    changed = {"triton": away, "ready_seconds": 3.0, "stuck_seconds": 2.0}
    settings = stack.settings.model_copy(update=changed)
    async with frames_that_wait(settings):
        with running("caption", settings) as stage:
            asked = Asked(settings, "caption")
            await asked.until("state.agents['frames'].in_flight >= 6")
            state = await asked.until("any('oldest work' in reason for reason in state.reasons)")
            assert state.agents["frames"].oldest_s >= 3
            reasons = "\n".join(state.reasons)
            assert "frames: the oldest work in flight is" in reasons
            assert f"Triton at {away}" in reasons
            assert asked.get("readyz")[0] == 503
            assert asked.get("healthz")[0] == 200  # it lives: to be killed would not help it
            await asked.until("state.lag.get('frames', 0) >= 6")
            text = asked.get("metrics")[1]
            assert sample(text, 'movietag_retries_total{kind="triton"}') >= FRAMES
            assert sample(text, 'movietag_lag{topic="frames"}') >= FRAMES
            assert sample(text, "movietag_ready") == 0
            await stage.says("caption is stuck")
            assert "waits for: Triton" in stage.log
            assert "failures/retrying.py" in stage.log


async def test_a_stage_that_prepares_itself_lives_and_is_not_ready(stack: Stack) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        away = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    settings = stack.settings.model_copy(update={"elasticsearch": away})
    with running("index", settings):
        asked = Asked(settings, "index")
        state = await asked.until("any('Elasticsearch' in reason for reason in state.reasons)")
        assert state.reasons[0] == "It prepares itself."
        assert asked.get("healthz")[0] == 200
        assert asked.get("readyz")[0] == 503


# -- without servers


@pytest.fixture
def base(port_bases: Iterator[int]) -> int:
    return next(port_bases)


@pytest.mark.heavy
def test_a_stage_that_stops_itself_says_why_until_it_ends(tmp_path: Path, base: int) -> None:
    settings = Settings(home=tmp_path, port_base=base)
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("failing_stage.py")],
            env=stack_environment(settings, tmp_path),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    told = set()
    while process.poll() is None:
        told.add(get(url(settings, "index", "healthz")))
    text = (tmp_path / "log").read_text()
    assert process.returncode == 1, text
    reason = next((body for code, body in told if code == 503), "")
    for where in (reason, text):
        assert "21 errors of movietag's own" in where
        assert "movietag.documents/0/7: KeyError('error 20')" in where


async def test_the_reasons_follow_the_app(base: int) -> None:
    settings = Settings(port_base=base, ready_seconds=5)
    app = make_stage_app("movietag-index", settings, 16)
    measuring = Measuring(app, Metrics())
    broker = BrokerWatch(app, measuring.metrics, print)
    health = Health("index", settings, app, measuring, Bench("index").settling, broker)
    assert health.reasons() == ["It prepares itself."]
    health.prepared = True
    assert "has not joined" in health.reasons()[0]
    app.joined = True
    assert health.reasons() == []
    app.rebalancing = True
    assert "shared out" in health.reasons()[0]
    app.rebalancing = False
    paused = ["youtube.com is paused."]
    health.waits_for(lambda: paused)
    health.waits_for(lambda: paused)
    assert health.state().waits == ("youtube.com is paused.",)
    assert health.reasons() == []  # it is ready all the same
    health.failure = "broken"
    assert health.reasons() == ["It stops: broken"]
    async with health.served():
        assert await asyncio.to_thread(get, url(settings, "index", "healthz")) == (
            503,
            "It stops: broken\n",
        )
    assert port_free(embedded_port(base, "index", 1))


async def test_a_given_port_is_used(base: int) -> None:
    settings = Settings(health_port=base + 300)
    app = make_stage_app("movietag-plan", settings, 16)
    metrics = Metrics()
    watches = (Measuring(app, metrics), Bench("plan").settling, BrokerWatch(app, metrics, print))
    health = Health("plan", settings, app, *watches)
    async with health.served():
        code, body = await asyncio.to_thread(get, f"http://127.0.0.1:{base + 300}/readyz")
    assert code == 503
    assert msgspec.json.decode(body, type=StageState).stage == "plan"


def test_an_embedded_stage_never_gets_one_port_for_all() -> None:
    environment = stack_environment(Settings(health_port=8080), Path("/srv/h"), {})
    assert "MOVIETAG_HEALTH_PORT" not in environment


def test_answers_of_several_processes_are_put_together() -> None:
    one = msgspec.convert(
        {
            "stage": "fetch",
            "group": "g",
            "pid": 1,
            "ready": True,
            "agents": {"videos": {"in_flight": 2, "oldest_s": 7, "rate": 1.5}},
            "lag": {"videos": 30},
        },
        StageState,
    )
    two = msgspec.structs.replace(
        one,
        ready=False,
        reasons=("It waits.",),
        lag={"videos": 12},
        waits=("youtube.com is paused.",),
    )
    found = stage_status("fetch", [one, two], lag_of([one, two]))
    assert (found.answering, found.ready, found.lag, found.rate) == (2, 1, 42, 3.0)
    assert (found.in_flight, found.oldest_s, found.reasons) == (4, 7.0, ("It waits.",))
    assert found.waits == ("youtube.com is paused.",)
    assert stage_status("fetch", [], None).in_flight is None


def test_the_count_says_with_what_it_counts() -> None:
    groups = ("movietag-count-mpst-4d668d06-e2", "movietag-count-mine-12345678-e0")
    states = [StageState("count", group, 1, ready=True) for group in (*groups, groups[0])]
    found = stage_status("count", states, 0)
    assert found.counts == [("mine-12345678", 0), ("mpst-4d668d06", 2)]
    assert (
        stage_status("plan", [StageState("plan", "movietag-plan", 1, ready=True)], 0).counts == []
    )
