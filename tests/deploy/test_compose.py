"""docker-compose.yml: what it takes of memory and disk, how often it builds, what may be chosen, and how Kafka is asked."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from importlib.metadata import requires, version
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from support.kustomize import render

from movietag.local.stack import Stack
from movietag.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
UNITS = {"g": 1 << 30, "m": 1 << 20, "Gi": 1 << 30, "Mi": 1 << 20}


def size(text: str) -> int:
    """Bytes."""
    found = re.fullmatch(r"(\d+)(\w+)", text)
    assert found
    return int(found[1]) * UNITS[found[2]]


def test_every_log_is_rotated() -> None:
    for name, service in SERVICES.items():
        options = service["logging"]["options"]
        assert size(options["max-size"]) * int(options["max-file"]) <= 64 << 20, name


def test_each_image_is_built_once_and_none_of_ours_is_ever_pulled() -> None:
    built = [service["image"] for service in SERVICES.values() if "build" in service]
    assert len(built) == len(set(built)) == 2
    for name, service in SERVICES.items():
        if service["image"] == "movietag-stages":
            assert service["pull_policy"] == ("build" if "build" in service else "never"), name


def test_fetch_has_the_memory_that_its_children_may_take() -> None:
    given = Settings()
    needed = given.fetch_parallel * given.fetch_memory + size(COMPOSE["x-stage"]["mem_limit"])
    assert size(SERVICES["fetch"]["mem_limit"]) >= needed
    (pod,) = [
        one["spec"]["template"]["spec"]
        for one in render(ROOT / "k8s")
        if one["kind"] == "Deployment" and one["metadata"]["name"] == "movietag-fetch"
    ]
    assert size(pod["containers"][0]["resources"]["limits"]["memory"]) >= needed


def test_the_example_names_all_that_may_be_chosen_and_nothing_else() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    chosen = set(re.findall(r"(?<!\$)\$\{(\w+)", text))
    chosen |= {name for name, value in SERVICES["triton"]["environment"].items() if value is None}
    example = (ROOT / ".env.example").read_text().splitlines()
    named = [
        line.removeprefix("#").partition("=")[0] for line in example if re.match(r"#?\w+=", line)
    ]
    assert sorted(named) == sorted(chosen)
    assert not [line for line in example if line and not line.startswith("#")]


def asked(port: int, seconds: str) -> int:
    """The exit status of Kafka's health check, asked of another port."""
    kind, *test = SERVICES["kafka"]["healthcheck"]["test"]
    assert kind == "CMD"
    at = test.index("8")
    command = [*test[:at], seconds, *test[at + 1 :]]
    command = [word.replace("$$", "$").replace("/9092", f"/{port}") for word in command]
    return subprocess.run(command, check=False, capture_output=True, timeout=60).returncode


def test_kafka_is_healthy_when_it_answers(kafka: Stack) -> None:
    port = int(kafka.settings.kafka_address.rpartition(":")[2])
    assert asked(port, "30") == 0


@pytest.mark.heavy
def test_who_listens_and_says_nothing_is_not_healthy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        assert asked(port, "0.2") != 0
    assert asked(port, "30") != 0  # nobody listens any more


def test_what_ytdlp_needs_is_named_but_for_what_is_gpl() -> None:
    """Its extra ``default`` would bring mutagen."""
    extra = {"extra": "default", "implementation_name": "cpython"}
    wanted = [Requirement(text) for text in requires("yt-dlp") or ()]
    default = [
        one
        for one in wanted
        if one.marker and one.marker.evaluate(extra) and not one.marker.evaluate({"extra": ""})
    ]
    ours = {Requirement(text).name.lower() for text in requires("movietag") or ()}
    assert {one.name.lower() for one in default} - ours == {"mutagen"}
    assert all(version(one.name) in one.specifier for one in default if one.name != "mutagen")
    for lock in (ROOT / "requirements.lock", ROOT / "docker" / "stages.lock"):
        assert "mutagen" not in lock.read_text(), lock


@pytest.mark.heavy
def test_the_dockerfile_is_clean() -> None:
    assert linted((ROOT / "Dockerfile").read_text()) == ""
    assert "DL3006" in linted("FROM debian\n")  # no tag: the linter does lint


def linted(dockerfile: str) -> str:
    """What hadolint says."""
    program = Path(sys.executable).with_name("hadolint")
    done = subprocess.run(
        [program, "-"], input=dockerfile, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr
