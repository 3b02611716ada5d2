"""Stage processes that do not answer are killed; those that are slow, starting or without a port are not."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from support.commands import until
from support.patience import patience
from support.stage_http import get

from movietag.local import reviving
from movietag.local.programs import Program
from movietag.local.reviving import SILENT, Silence, responds
from movietag.local.stack import Stack
from movietag.local.stages import StageStatus
from movietag.local.status import Addresses, ProcessStatus, StackStatus, with_stages
from movietag.local.supervision import State
from movietag.settings import Settings
from movietag.stage_state import health_urls


def test_only_a_row_of_silence_of_one_process_counts() -> None:
    silence = Silence()
    for _ in range(SILENT - 1):
        assert silence.silent({"plan": 1, "count": 2}, {"plan": False, "count": True}) == []
    assert silence.silent({"plan": 1, "count": 2}, {"plan": False, "count": False}) == ["plan"]
    silence = Silence()
    for at in range(4 * SILENT):  # it answers now and then
        assert silence.silent({"plan": 1}, {"plan": at % SILENT == 0}) == []
    silence = Silence()
    for pid in range(4 * SILENT):  # it is restarted
        assert silence.silent({"plan": pid}, {"plan": False}) == []


@pytest.fixture
def failing() -> Iterator[str]:
    """The address of a server that answers every request with 503."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(503)

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.heavy
def test_silence_is_a_connection_without_an_answer_and_nothing_else(failing: str) -> None:
    assert responds(failing)
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        assert not responds(url, 0.1)  # the kernel takes the connection, nobody the request
    assert responds(url)  # refused


def test_the_status_names_stages_that_run_and_do_not_answer() -> None:
    def status_of(**uptimes: float) -> StackStatus:
        parts = tuple(
            ProcessStatus(name.replace("_", "-"), State.RUNNING, 1, uptime)
            for name, uptime in uptimes.items()
        )
        nowhere = Addresses("", "", "", None, "", "", "", "")
        stages = (StageStatus("plan", answering=1, ready=1), StageStatus("count"))
        return with_stages(StackStatus(True, nowhere, parts), stages)

    found = status_of(plan=900.0, count=900.0)
    assert ([stage.silent for stage in found.stages], found.up) == ([0, 1], False)
    found = status_of(plan_1=900.0, plan_2=900.0, count=3.0)  # which is starting
    assert ([stage.silent for stage in found.stages], found.up) == ([1, 0], False)
    found = status_of(plan=900.0, kafka=900.0)
    assert ([stage.silent for stage in found.stages], found.up) == ([0, 0], True)


ANSWERING = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self): self.send_response(200); self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def hasty(folder: Path) -> Path:
    """The script that revives, but for its times: half a second from query to query, and two for an answer."""
    text = Path(reviving.__file__).read_text("utf-8")
    for name, usual, here in (("EVERY_SECONDS", 10.0, 0.5), ("PATIENCE", 5.0, 2.0)):
        assert text.count(f"\n{name} = {usual}") == 1
        text = text.replace(f"\n{name} = {usual}", f"\n{name} = {here}")
    script = folder / "hasty.py"
    script.write_text(text, "utf-8")
    return script


@pytest.mark.slow
@pytest.mark.servers
async def test_a_stage_that_is_stopped_is_restarted(
    tmp_path: Path, port_bases: Iterator[int]
) -> None:
    """Its script asks more often here: as it is, it takes a minute until a process is killed."""
    settings = Settings(home=tmp_path, port_base=next(port_bases), kafka="127.0.0.1:1")
    stack = Stack(settings)
    port = health_urls(settings)["plan"].split(":")[2].partition("/")[0]
    stack._after_servers = tuple(
        Program("plan", (sys.executable, "-c", ANSWERING, port))
        if program.name == "plan"
        else program
        for program in stack._after_servers
    )
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("movietag.local.stack.wait_ready", lambda *_: None)
            patch.setattr("movietag.local.supervision.REVIVING_SCRIPT", hasty(tmp_path))
            stack.start(only=("plan",))
        stopped = stack.pid("plan")
        assert stopped

        async def working() -> bool | None:
            return (get(health_urls(settings)["plan"])[0] == 200) or None

        await until(working, 30)
        os.kill(stopped, signal.SIGSTOP)

        async def another() -> bool | None:
            return (stack.pid("plan") not in (None, stopped)) or None

        await until(another, patience(120))
        assert f"(pid {stopped}) did not answer" in stack.where.log("reviving").read_text()
    finally:
        stack.down()
