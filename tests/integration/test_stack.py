"""The embedded stack as a whole: up, killed, up again, side by side, down without a trace."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from aiokafka.admin import NewTopic

from movietag.errors import MovietagError
from movietag.kafka.clients import make_admin
from movietag.local.leftovers import processes_of
from movietag.local.programs import Program
from movietag.local.stack import Stack
from movietag.settings import Settings

CONFIG = """\
name: "echo"
backend: "python"
input { name: "IN" data_type: TYPE_STRING dims: [1] }
output { name: "OUT" data_type: TYPE_STRING dims: [1] }
instance_group { kind: KIND_CPU }
parameters { key: "model_path" value: { string_value: "" } }
"""
MODEL = """\
class TritonPythonModel:
    def execute(self, requests):
        return []
"""
TICK = "import os, time; print('secret:', os.environ['MOVIETAG_KAFKA_PASSWORD'], flush=True)\n"
WAIT = f"{TICK}while True: time.sleep(60)"
SERVERS = ("kafka", "elasticsearch", "triton")
PARTS = (*SERVERS, "site")


def make_stack(home: Path, models: Path, **chosen: object) -> Stack:
    (models / "echo" / "1").mkdir(parents=True, exist_ok=True)
    (models / "echo" / "config.pbtxt").write_text(CONFIG)
    (models / "echo" / "1" / "model.py").write_text(MODEL)
    site = Program("site", (sys.executable, "-c", WAIT), start_seconds=1)
    settings = Settings.model_validate({"home": home, "kafka_password": "s3cret", **chosen})
    return Stack(settings, extra=[site], model_repository=models)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, port_bases: Iterator[int]) -> Iterator[Stack]:
    """A stack of this file's own, up."""
    folder = tmp_path_factory.mktemp("own")
    stack = make_stack(folder / "home", folder / "models", port_base=next(port_bases))
    assert stack.start(only=PARTS) == PARTS
    yield stack
    stack.down()
    stack.reset()


def supervisor_of(stack: Stack) -> psutil.Process:
    return psutil.Process(int((stack.where.run / "supervisor.pid").read_text()))


async def topics(stack: Stack, *new: str) -> list[str]:
    admin = make_admin(stack.settings)
    await admin.start()
    try:
        if new:
            await admin.create_topics([NewTopic(name, 1, 1) for name in new])
        return [name for name in await admin.list_topics() if not name.startswith("__")]
    finally:
        await admin.close()


def states(stack: Stack) -> dict[str, str]:
    return {part.name: part.state for part in stack.status().parts}


def test_a_second_start_finds_it_up(own: Stack) -> None:
    assert own.start(only=PARTS) == ()


def test_other_settings_are_refused_while_it_is_up(own: Stack) -> None:
    other = Stack(own.settings.model_copy(update={"slots": 3}))
    with pytest.raises(MovietagError, match="other settings"):
        other.start(only=SERVERS)


def test_status_tells_pids_and_addresses_of_what_runs(own: Stack) -> None:
    parts = {part.name: part for part in own.status().parts}
    base = own.settings.port_base
    assert parts["kafka"].address == f"127.0.0.1:{base + 92}"
    for name in PARTS:
        pid = parts[name].pid
        assert pid is not None
        assert psutil.pid_exists(pid)
        assert pid == own.pid(name)
    assert parts["plan"].state == "stopped"
    assert not own.status().up  # the stages are not


def test_only_what_is_not_a_server_is_told_the_settings(own: Stack) -> None:
    assert "secret: s3cret" in own.where.log("site").read_text()
    pid = own.pid("kafka")
    assert pid is not None
    assert "s3cret" not in "".join(psutil.Process(pid).environ().values())


@pytest.mark.skipif(os.geteuid() != 0, reason="only as root it has to change its user")
def test_elasticsearch_does_not_run_as_root(own: Stack) -> None:
    pid = own.pid("elasticsearch")
    assert pid is not None
    server = psutil.Process(pid)
    assert {p.uids().real for p in (server, *server.children(recursive=True))} == {65534}


def test_a_program_that_dies_is_started_again(own: Stack) -> None:
    before = own.pid("site")
    assert before is not None
    os.kill(before, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(before)] if psutil.pid_exists(before) else [], timeout=5)
    own.start(only=["site"])  # waits until it is there
    assert own.pid("site") not in (None, before)


def test_a_program_can_be_restarted_alone(own: Stack) -> None:
    before, kafka = own.pid("site"), own.pid("kafka")
    own.restart("site")
    assert own.pid("site") not in (None, before)
    assert own.pid("kafka") == kafka


@pytest.mark.slow
def test_a_killed_supervisor_does_not_block_the_next_start_nor_lose_data(own: Stack) -> None:
    asyncio.run(topics(own, "kept"))
    supervisor = supervisor_of(own)
    supervisor.kill()
    psutil.wait_procs([supervisor], timeout=5)
    assert set(states(own).values()) == {"stopped"}
    assert own.start(only=PARTS) == PARTS
    assert asyncio.run(topics(own)) == ["kept"]


def test_a_port_in_use_is_one_clear_line(own: Stack, tmp_path: Path) -> None:
    second = make_stack(tmp_path / "home", tmp_path / "models", port_base=own.settings.port_base)
    with pytest.raises(MovietagError, match=rf"{own.settings.port_base + 92} by java"):
        second.start(only=PARTS)


@pytest.mark.slow
def test_two_stacks_stand_side_by_side(
    own: Stack, tmp_path: Path, port_bases: Iterator[int]
) -> None:
    second = make_stack(tmp_path / "home", tmp_path / "models", port_base=next(port_bases))
    try:
        second.start(only=["kafka"])
        asyncio.run(topics(second, "other"))
        assert asyncio.run(topics(second)) == ["other"]
        assert "other" not in asyncio.run(topics(own))
    finally:
        second.down()
    assert states(own)["kafka"] == "running"
    second.reset()


def test_what_fails_to_start_is_told_with_its_log_and_all_is_stopped(
    tmp_path: Path, port_bases: Iterator[int]
) -> None:
    stack = make_stack(tmp_path / "home", tmp_path / "models", port_base=next(port_bases))
    (tmp_path / "models" / "echo" / "1" / "model.py").write_text(
        "raise RuntimeError('no such model')"
    )
    with pytest.raises(MovietagError, match=r"(?s)triton ended .*no such model"):
        stack.start(only=["triton"])
    assert processes_of(stack.where.home) == []
    stack.reset()


def test_down_leaves_no_process_and_reset_no_data(own: Stack) -> None:
    with pytest.raises(MovietagError, match="movietag down"):
        own.reset()
    assert own.down()
    assert processes_of(own.where.home) == []
    assert not own.down()
    own.reset()
    assert not own.where.kafka.exists()
    assert not own.where.search.exists()
