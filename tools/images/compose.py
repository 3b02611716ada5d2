"""A service of docker-compose.yml as arguments of podman. Pure; what it does not know, it refuses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from movietag.errors import UsageError

Service = Mapping[str, Any]

TAKEN: Final = frozenset(
    {
        *(
            "image",
            "command",
            "entrypoint",
            "init",
            "read_only",
            "cap_drop",
            "security_opt",
            "restart",
        ),
        *("stop_grace_period", "mem_limit", "environment", "healthcheck", "volumes", "tmpfs"),
    }
)
LEFT: Final = frozenset(
    {  # what a run on the host's network, of an image that is there, has no use for
        *("build", "pull_policy", "ports", "depends_on", "profiles"),
        "logging",  # podman has no json-file driver with these options
    }
)
UNITS: Final = {"m": 1 << 20, "g": 1 << 30}


@dataclass(frozen=True, slots=True)
class Otherwise:
    """How this run differs from `docker compose up`: one network for all, and servers elsewhere.

    Attributes:
        environment: variables in place of the service's own, or beside them.
        texts: what is written otherwise in the health check: ports.
        folders: where what a bind or a volume names lies, by its source.
    """

    environment: Mapping[str, str]
    texts: Mapping[str, str]
    folders: Mapping[str, str]


def _seconds(text: str) -> float:
    """``40s`` -> 40.0."""
    return float(text.removesuffix("s"))


def memory_limit(service: Service) -> int:
    """Bytes of memory."""
    text = str(service["mem_limit"])
    return int(text[:-1]) * UNITS[text[-1]]


def interpolated(text: str) -> str:
    """A value as Compose reads it without .env: defaults, and ``$`` for ``$$``."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text).replace("$$", "$")


def run_arguments(name: str, service: Service, other: Otherwise) -> list[str]:
    """What follows `podman run`: as the service says, but for the network.

    Raises:
        UsageError: the service has something that is not taken here.
    """
    if unknown := sorted(service.keys() - TAKEN - LEFT):
        raise UsageError(f"docker-compose.yml, {name}: make images does not know {unknown}.")
    environment = {key: interpolated(str(value)) for key, value in service["environment"].items()}
    found = ["--name", name, "--network", "host", "--cgroups", "disabled", "--runtime", "crun"]
    found += ["--restart", service["restart"]]
    found += ["--init"] * service.get("init", False)
    found += ["--read-only"] * service.get("read_only", False)
    for capability in service.get("cap_drop", ()):
        found += ["--cap-drop", capability.lower()]
    for option in service.get("security_opt", ()):
        found += ["--security-opt", option.partition(":")[0]]
    for folder in service.get("tmpfs", ()):
        found += ["--tmpfs", folder]
    for volume in service.get("volumes", ()):
        options = ":ro" if volume.get("read_only") else ""
        found += ["--volume", f"{other.folders[volume['source']]}:{volume['target']}{options}"]
    for key, value in (environment | dict(other.environment)).items():
        found += ["--env", f"{key}={value}"]
    found += ["--stop-timeout", f"{_seconds(service['stop_grace_period']):.0f}"]
    if "entrypoint" in service:
        program, *before = service["entrypoint"]
        return [*found, "--entrypoint", program, service["image"], *before, *service["command"]]
    return [*found, service["image"], *service["command"]]


def named_volumes(services: Mapping[str, Service]) -> list[str]:
    """The volumes that these services mount, by name."""
    mounts = [volume for service in services.values() for volume in service.get("volumes", ())]
    return sorted({volume["source"] for volume in mounts if volume["type"] == "volume"})


def health_command(service: Service, other: Otherwise) -> list[str]:
    """The health check's program and arguments.

    Raises:
        UsageError: it is of another form than ``CMD``.
    """
    kind, *command = service["healthcheck"]["test"]
    if kind != "CMD":
        raise UsageError(f"A health check of the form {kind} is not known here.")
    return [_changed(interpolated(word), other.texts) for word in command]


def healthy_within(service: Service) -> float:
    """Seconds after which Compose would call it unhealthy."""
    check: Mapping[str, Any] = service["healthcheck"]
    retries = int(check["retries"])
    return _seconds(check["start_period"]) + retries * (
        _seconds(check["interval"]) + _seconds(check["timeout"])
    )


def _changed(text: str, texts: Mapping[str, str]) -> str:
    for old, new in texts.items():
        text = text.replace(old, new)
    return text
