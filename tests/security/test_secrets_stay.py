"""Secrets are given, a stack runs and commands are called; then everything that came of it is searched for them."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from pydantic import SecretStr
from support.addresses import search_of, triton_of
from support.commands import run_movietag

from movietag.demo.stage_set import EXTRACTORS
from movietag.local.leftovers import processes_of
from movietag.local.stack import Stack
from movietag.settings import Settings
from movietag.settings.credentials import PASSWORDS, TRITON_KEY, read_secret, secrets_folder
from movietag.settings.environment import stack_environment

COMMANDS = (
    ("status", "--json"),
    ("status",),
    ("doctor", "--json"),
    ("search", "horror", "--json"),
    ("dead", "list"),
    ("add", "Nobody Answers (1999)"),
    ("logs", "plan"),
    ("show", "Nobody Answers (1999)"),
    ("up",),
)
AWAY = (("status", "--json"), ("search", "horror"), ("add", "Heat (1995)"), ("recount",))


def seed() -> str:
    return f"seed-{secrets.token_hex(12)}"


@pytest.fixture(scope="module")
def seeded(
    stack: Stack, tmp_path_factory: pytest.TempPathFactory, port_bases: Iterator[int]
) -> Iterator[tuple[Stack, dict[str, str]]]:
    """The stages, on the servers of all tests, with a secret in every setting that takes one."""
    home = tmp_path_factory.mktemp("seeded")
    reached = {**search_of(stack.settings), **triton_of(stack.settings)}
    given = {
        "elasticsearch_password": reached["elasticsearch_password"].get_secret_value(),
        "triton_key": reached["triton_key"].get_secret_value(),
        "kafka_password": seed(),
        "proxy": seed(),
    }
    settings = Settings(
        home=home,
        port_base=next(port_bases),
        kafka=stack.settings.kafka_address,
        **reached,
        kafka_password=SecretStr(given["kafka_password"]),
        # Nobody listens there: what yt-dlp says of it is in the movie's reason.
        proxy=SecretStr(f"http://someone:{given['proxy']}@127.0.0.1:9"),
        search="demosearch",
        search_interval=0,
        ytdlp_extractors=EXTRACTORS,
        ytdlp_extractor_args={"demosearch": {"base_url": ["http://127.0.0.1:9"]}},
        private_hosts=("127.0.0.1:9",),
        log_level="debug",
        stop_seconds=10,
    )
    stages = Stack(settings)
    stages.start()
    yield stages, given
    stages.down()
    stages.reset()


def leaks(text: str, given: dict[str, str]) -> list[str]:
    return [name for name, secret in given.items() if secret in text]


def files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


@pytest.mark.slow
def test_no_command_prints_a_secret(seeded: tuple[Stack, dict[str, str]]) -> None:
    stages, given = seeded
    for words in COMMANDS:
        done = run_movietag(stages.settings, *words)
        assert done.stdout + done.stderr, words
        assert leaks(done.stdout + done.stderr, given) == [], words
    away = {"kafka": "127.0.0.1:9", "elasticsearch": "http://127.0.0.1:9", "triton": "127.0.0.1:9"}
    nowhere = stages.settings.model_copy(update=away)
    for words in AWAY:
        done = run_movietag(nowhere, *words)
        assert done.stdout + done.stderr, words
        assert leaks(done.stdout + done.stderr, given) == [], words


@pytest.mark.slow
def test_no_log_no_file_of_the_home_and_no_list_of_processes_has_one(
    seeded: tuple[Stack, dict[str, str]],
) -> None:
    stages, given = seeded
    home = stages.where.home
    assert sum("debug" in path.read_text(errors="replace").lower() for path in files(home / "logs"))
    for path in files(home):
        assert leaks(path.read_bytes().decode(errors="replace"), given) == [], path
    running = processes_of(home)
    assert len(running) >= 6
    for process in running:
        assert leaks(" ".join(process.cmdline()), given) == [], process.name()
        # What is in the environment of a stage is for the user who started it alone.
        environment = Path(f"/proc/{process.pid}/environ")
        assert environment.stat().st_mode & 0o077 == 0


def test_the_servers_home_has_its_secrets_in_their_folder_alone(stack: Stack) -> None:
    names = (TRITON_KEY, *PASSWORDS.values())
    given = {name: read_secret(stack.where.home, name) for name in names}
    assert all(len(secret) > 20 for secret in given.values())
    folder = secrets_folder(stack.where.home)
    for path in files(stack.where.home):
        if path.is_relative_to(folder):
            continue
        found = leaks(path.read_bytes().decode(errors="replace"), given)
        # Triton takes its key as an argument only; the file that holds it is for its owner alone.
        if path == stack.where.run / "triton.json":
            assert found == [TRITON_KEY]
            assert stack.where.run.stat().st_mode & 0o077 == 0
        else:
            assert found == [], path
    passwords = {name: given[name] for name in PASSWORDS.values()}
    for process in psutil.process_iter(["cmdline"]):
        assert leaks(" ".join(process.info["cmdline"] or ()), passwords) == []


@pytest.mark.slow
def test_a_bad_setting_beside_secrets_shows_none(seeded: tuple[Stack, dict[str, str]]) -> None:
    stages, given = seeded
    environment = stack_environment(stages.settings, stages.where.home)
    broken = {
        "MOVIETAG_VIDEOS": "many",
        "MOVIETAG_ELASTICSEARCH": f"http://me:{given['proxy']}@h:1",
    }
    for program in (("-m", "movietag.cli", "status"), ("-m", "movietag.streams.plan")):
        done = subprocess.run(
            [sys.executable, *program],
            env={**os.environ, **environment, **broken},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        assert "MOVIETAG_VIDEOS" in done.stderr
        assert leaks(done.stdout + done.stderr, given) == []
