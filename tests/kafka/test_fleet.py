"""The fleet: what is listed of groups, members and reports, and how it is printed."""

from __future__ import annotations

import asyncio
import io
import json
import socket
import time

import pytest
from aiokafka import TopicPartition
from msgspec.structs import replace
from rich.console import Console
from support.commands import run_movietag
from support.patience import patience, within
from support.stage_processes import running

from movietag import topics
from movietag.cli.fleet_table import print_fleet
from movietag.kafka.clients import create_topics
from movietag.kafka.fleet import FleetStatus, fleet_groups
from movietag.kafka.fleet_reading import ask_fleet, read_fleet
from movietag.kafka.members import STABLE, ConsumerGroup, GroupMember
from movietag.kafka.unread import Unread
from movietag.kafka.workers import FRESH_SECONDS, WorkerName, WorkerReport, this_worker, worker_name
from movietag.local.findings import CheckResult
from movietag.local.stack import Stack
from movietag.local.workers import workers_finding

NOW = 1_700_000_000.0
ALPHA = WorkerName("0.3.0", "alpha.example.org", 41, "a" * 8, "0001")
BETA = WorkerName("0.3.0", "beta", 7, "b" * 8, "0002")


def member(client_id: str, *numbers: int) -> GroupMember:
    frames = {TopicPartition(topics.FRAMES.name, number) for number in numbers}
    ledger = {TopicPartition("movietag-plan-plans-changelog", number) for number in numbers}
    return GroupMember(client_id, "10.0.0.9", frozenset(frames | ledger))


def report(name: WorkerName, *reasons: str, age: float = 5.0) -> WorkerReport:
    return WorkerReport(
        stage="caption",
        group="movietag-caption",
        client_id=name.client_id,
        ready=not reasons,
        reasons=reasons,
        at_ms=int((NOW - age) * 1000),
    )


def listed(
    *members: GroupMember, reports: tuple[WorkerReport, ...] = (), state: str = STABLE
) -> FleetStatus:
    group = ConsumerGroup("movietag-caption", state, members)
    unread = {group.name: (Unread(22), 75.0)}
    return FleetStatus(
        fleet_groups({group.name: group}, unread, {r.client_id: r for r in reports}, NOW)
    )


def test_a_client_id_names_the_worker_and_no_other_client_is_one() -> None:
    assert worker_name(ALPHA.client_id) == ALPHA
    assert worker_name("faust-0.15.3") is None
    assert worker_name("movietag_0.3.0_alpha_x_y_z") is None
    assert ALPHA.installation != BETA.installation


def test_members_are_listed_with_what_they_report() -> None:
    away = "Nothing was done for 75 s."
    last = replace(report(BETA), last=("It waits: Triton.",), last_ms=int((NOW - 60) * 1000))
    fleet = listed(
        member(ALPHA.client_id, 0, 1),
        member(BETA.client_id, 2, 3),
        member("faust-0.15.3", 4),
        reports=(report(ALPHA, away), last),
    )
    (caption,) = (group for group in fleet.groups if group.stage == "caption")
    assert (caption.state, caption.lag, caption.oldest_s) == (STABLE, 22, 75.0)
    assert [(w.host, w.pid, w.version, w.partitions, w.ready) for w in caption.workers] == [
        ("10.0.0.9", None, None, 1, None),
        ("alpha.example.org", 41, "0.3.0", 2, False),
        ("beta", 7, "0.3.0", 2, True),
    ]
    assert caption.workers[1].reasons == (away,)
    assert (caption.workers[2].last, caption.workers[2].last_s) == (("It waits: Triton.",), 60.0)
    assert not fleet.works  # the other stages have no worker
    assert [group.stage for group in fleet.groups if not group.workers] == [
        *("plan", "fetch", "count", "index")
    ]


def test_an_old_report_says_nothing_of_now() -> None:
    fleet = listed(member(ALPHA.client_id, 0), reports=(report(ALPHA, "x", age=FRESH_SECONDS + 1),))
    (worker,) = fleet.groups[2].workers
    assert (worker.ready, worker.reasons) == (None, ())
    assert worker.report_s == FRESH_SECONDS + 1


def test_a_worker_that_is_no_member_is_listed_while_it_reports() -> None:
    outside, gone = report(ALPHA, "It waits: Triton."), report(BETA, "x", age=FRESH_SECONDS + 1)
    fleet = listed(reports=(outside, gone), state="Empty")
    (worker,) = fleet.groups[2].workers
    assert (worker.host, worker.member, worker.ready) == ("alpha.example.org", False, False)


def test_of_counts_that_were_only_those_with_workers_are_listed() -> None:
    old = ConsumerGroup("movietag-count-mpst-1-e0", "Empty")
    new = ConsumerGroup("movietag-count-mpst-1-e1", STABLE, (member(ALPHA.client_id),))
    unread = {old.name: (Unread(9000), None), new.name: (Unread(3), None)}
    found = {g.group for g in fleet_groups({g.name: g for g in (old, new)}, unread, {}, NOW)}
    assert found == {"", new.name}


@pytest.mark.parametrize("width", [40, 80])
def test_the_fleet_is_readable_in_narrow_terminals(width: int) -> None:
    fleet = listed(
        member(ALPHA.client_id, 0, 1),
        member(BETA.client_id, 2),
        reports=(
            report(ALPHA, "Nothing was done for 75 s.", "It waits: Triton \x1b[31m."),
            report(BETA),
        ),
    )
    out = Console(width=width, record=True, file=io.StringIO())
    print_fleet(out, replace(fleet, missing=("Lag and ages: Kafka did not answer within 6 s.",)))
    lines = out.export_text().splitlines()
    assert max(map(len, lines)) <= width
    table = [line.split() for line in lines[1:7]]
    assert table[0] == ["Stage", "Ready", "Lag", "Unread"]
    assert table[3] == ["caption", "1", "of", "2", "22", "1", "min"]
    assert table[1] == ["plan", "no", "worker", "?"]
    text = " ".join(" ".join(lines).split())
    assert "caption: alpha.example.org, pid 41, 0.3.0: 2 partitions, not ready" in text
    assert "caption: beta, pid 7, 0.3.0: 1 partition, ready" in text
    assert "Nothing was done for 75 s." in text
    assert "within 6 s." in text
    assert "\x1b" not in text


async def test_a_worker_that_runs_elsewhere_is_learnt_from_kafka(kafka: Stack) -> None:
    """The status of a machine on which nothing runs; of Kafka alone."""
    settings = kafka.settings
    await create_topics(settings)
    with running("plan", settings) as stage:
        await stage.works()
        async with within(60, "its report"):
            while True:
                plan = (await read_fleet(settings)).groups[0]
                if plan.workers and plan.workers[0].ready and plan.lag == 0:
                    break
        (worker,) = plan.workers
        assert worker.pid == stage.process.pid
        assert worker.host == this_worker(settings).host
        topics_read = len((topics.TITLES, topics.BULK_TITLES, topics.REQUESTS))
        assert worker.partitions == topics_read * settings.kafka_partitions
        done = await asyncio.to_thread(run_movietag, settings, "status", "--json")
        answer = json.loads(done.stdout)
        assert answer["fleet"]["groups"][0]["workers"][0]["pid"] == stage.process.pid


def test_a_kafka_that_hangs_costs_a_bounded_time(kafka: Stack) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        fleet = ask_fleet(kafka.settings.model_copy(update={"kafka": address}))
    assert time.monotonic() - began < patience(30)
    assert fleet.groups == ()
    assert any("Kafka did not answer within" in line for line in fleet.missing)


def test_doctor_names_workers_that_are_not_ready_and_versions_that_differ() -> None:
    older = WorkerName("0.2.9", ALPHA.host, 41, ALPHA.home, "0003")
    fleet = listed(
        member(older.client_id, 0),
        member(BETA.client_id, 1),
        reports=(report(older, "It waits: x."),),
    )
    finding = workers_finding(fleet)
    assert finding.verdict is CheckResult.NOTE
    assert "caption on alpha.example.org: It waits: x." in finding.found
    assert "plan has no worker." in finding.found
    assert "Their versions differ: 0.2.9, 0.3.0." in finding.found
    assert (
        workers_finding(FleetStatus(missing=("Kafka is away.",))).found
        == "not checked: Kafka is away."
    )
