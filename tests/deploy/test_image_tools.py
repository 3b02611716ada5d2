"""How `make images` reads docker-compose.yml (the run itself is no part of `make test`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from movietag.errors import UsageError
from tools.images.building import base_name
from tools.images.compose import (
    Otherwise,
    health_command,
    healthy_within,
    interpolated,
    memory_limit,
    named_volumes,
    run_arguments,
)
from tools.images.scenario import SERVICES

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())[
    "services"
]
VOLUMES = named_volumes({name: COMPOSE[name] for name in SERVICES})
ELSEWHERE = Otherwise(
    {"MOVIETAG_KAFKA": "127.0.0.1:1"},
    {":8080/": ":7/"},
    {"./secrets": "/given/secrets", **{name: f"/given/{name}" for name in VOLUMES}},
)


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_that_is_run_is_understood(name: str) -> None:
    arguments = run_arguments(name, COMPOSE[name], ELSEWHERE)
    for held in ("--read-only", "--init", "--cap-drop all", "--security-opt no-new-privileges"):
        assert held in " ".join(arguments)
    assert "MOVIETAG_KAFKA=127.0.0.1:1" in arguments
    assert "MOVIETAG_KAFKA=kafka:9092" not in arguments
    assert "--volume /given/secrets:/run/movietag-secrets:ro" in " ".join(arguments)
    assert arguments[arguments.index("--stop-timeout") + 1] == "40"
    assert memory_limit(COMPOSE[name]) >= 1 << 30


def test_all_of_ours_are_run() -> None:
    ours = {name for name, service in COMPOSE.items() if service["image"] == "movietag-stages"}
    assert set(SERVICES) == ours


def test_downloads_lie_on_disk_and_the_rest_in_memory() -> None:
    fetch, index = (" ".join(run_arguments(n, COMPOSE[n], ELSEWHERE)) for n in ("fetch", "index"))
    assert "--volume /given/downloads:/tmp" in fetch
    assert "--tmpfs" not in fetch
    assert "--tmpfs /tmp:mode=1777" in index
    assert "downloads" in VOLUMES


def test_an_entrypoint_of_its_own_comes_before_the_command() -> None:
    service = {**COMPOSE["cli"], "command": ["recount", "--yes"]}
    arguments = run_arguments("cli", service, ELSEWHERE)
    at = arguments.index("--entrypoint")
    assert arguments[at:] == [
        *("--entrypoint", "python", "movietag-stages"),
        *("-m", "movietag.cli", "recount", "--yes"),
    ]


def test_what_is_not_known_is_refused() -> None:
    with pytest.raises(UsageError, match=r"plan: .*\['sysctls'\]"):
        run_arguments("plan", {**COMPOSE["plan"], "sysctls": {}}, ELSEWHERE)


def test_a_health_check_is_asked_where_the_container_answers() -> None:
    program, *_, code = health_command(COMPOSE["count"], ELSEWHERE)
    assert program == "python"
    assert "http://127.0.0.1:7/readyz" in code
    assert healthy_within(COMPOSE["count"]) == 120 + 6 * (10 + 10)
    with pytest.raises(UsageError, match="CMD-SHELL"):
        health_command({"healthcheck": {"test": ["CMD-SHELL", "true"]}}, ELSEWHERE)


def test_values_are_as_compose_reads_them_without_a_file() -> None:
    assert interpolated("${MOVIETAG_EMBEDDER:-}") == ""
    assert interpolated("movietag-${TRITON_TARGET:-triton} $$HOME") == "movietag-triton $HOME"


def test_the_stand_in_has_the_name_that_the_dockerfile_begins_from() -> None:
    assert base_name("ARG PYTHON_IMAGE=python:3.11-slim\n") == "docker.io/library/python:3.11-slim"
    assert base_name("ARG PYTHON_IMAGE=quay.io/a/b:1\n") == "quay.io/a/b:1"
    assert base_name((ROOT / "Dockerfile").read_text()).endswith("python:3.11-slim-bookworm")
    with pytest.raises(UsageError, match="PYTHON_IMAGE"):
        base_name("FROM scratch\n")
