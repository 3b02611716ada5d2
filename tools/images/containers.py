"""Services as containers: started within their limit of memory, asked for their health, restarted, stopped."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from movietag.errors import TransientError, UsageError
from tools.images.compose import (
    Otherwise,
    Service,
    health_command,
    healthy_within,
    memory_limit,
    run_arguments,
)
from tools.images.roots import Roots

GROUPS: Final = Path("/sys/fs/cgroup/memory")  # of cgroup v1
OURS: Final = "movietag-images"
# The daemon's own limits would be too many for a machine that has fewer.
LIMITS: Final = ("--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096")
ASK_SECONDS: Final = 1.0
LOG: Final = 3000  # characters of a container's log in an error


class Containers:
    """The services that run, each in a group of its own.

    Args:
        roots: where podman is.
        services: of docker-compose.yml, by name.
        others: how each differs from the file.
    """

    def __init__(
        self, roots: Roots, services: Mapping[str, Service], others: Mapping[str, Otherwise]
    ) -> None:
        self._roots, self._services, self._others = roots, services, others

    def start(self, name: str) -> None:
        """Start a service in the background; raises TransientError if podman refuses."""
        self._within(name, ["run", "--detach", *LIMITS, *self._arguments(name)])

    def once(self, name: str, *words: str) -> str:
        """What a service prints that runs once, with these words in place of its command.

        Raises:
            TransientError: it fails.
        """
        service = {**self._services[name], "command": list(words)}
        arguments = run_arguments(name, service, self._others[name])
        return self._within(name, ["run", "--rm", *LIMITS, *arguments])

    def wait_healthy(self, name: str) -> None:
        """Ask a container for its health as Compose does, until it is healthy.

        Raises:
            TransientError: it is not after the time that Compose gives it, or no limit of memory holds it.
        """
        service, other = self._services[name], self._others[name]
        command, until = health_command(service, other), time.monotonic() + healthy_within(service)
        while not self._healthy(name, command):
            if time.monotonic() > until:
                raise TransientError(f"{name} is not healthy:\n{self.log(name)}")
            time.sleep(ASK_SECONDS)
        groups = Path(f"/proc/{self.state(name)['Pid']}/cgroup").read_text()
        if f"memory:/{OURS}/{name}\n" not in groups:
            raise TransientError(f"{name} runs outside its limit of memory:\n{groups}")

    def _healthy(self, name: str, command: list[str]) -> bool:
        """``podman exec`` has no cgroup to work with here: the check enters the container's namespaces instead."""
        pid = int(str(self.state(name)["Pid"]))
        if not pid:
            return False
        enter = [
            "nsenter",
            "-t",
            str(pid),
            "-m",
            "-p",
            "-n",
            "-r",
            "-w",
            "-S",
            "10001",
            "-G",
            "10001",
        ]
        inside = ["env", "-i", "PATH=/venv/bin:/usr/bin:/bin", *command]
        done = subprocess.run(
            ["chroot", self._roots.tools, *enter, *inside], capture_output=True, check=False
        )
        return done.returncode == 0

    def state(self, name: str) -> dict[str, object]:
        """What podman knows of a container."""
        about = json.loads(self._roots.run("podman", "container", "inspect", name))
        found: dict[str, object] = about[0]["State"] | {"RestartCount": about[0]["RestartCount"]}
        return found

    def restart(self, name: str) -> None:
        """SIGTERM, the grace period that the service has, and a new start."""
        self._within(name, ["restart", name])

    def stop(self, name: str) -> int:
        """SIGTERM and the grace period; returns the exit status."""
        self._roots.run("podman", "stop", name)
        return int(str(self.state(name)["ExitCode"]))

    def log(self, name: str) -> str:
        """The end of what a container has said."""
        done = subprocess.run(
            ["chroot", self._roots.tools, "podman", "logs", name],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        return done.stdout.decode(errors="replace")[-LOG:]

    def remove_all(self) -> None:
        """Kill and remove what runs; images stay."""
        self._roots.run("podman", "rm", "--all", "--force", "--time", "0")

    def peak(self, name: str) -> int:
        """The most memory that a service has had, in bytes, its files in the page cache included."""
        return int((_group(name) / "memory.max_usage_in_bytes").read_text())

    def killed(self, name: str) -> int:
        """How many processes of a service the kernel has killed for its limit."""
        rows = dict(
            line.split() for line in (_group(name) / "memory.oom_control").read_text().splitlines()
        )
        return int(rows.get("oom_kill", 0))

    def _arguments(self, name: str) -> list[str]:
        return run_arguments(name, self._services[name], self._others[name])

    def _within(self, name: str, words: list[str]) -> str:
        """Run podman in the service's group: what it starts is in it, too."""
        group = _group(name)
        group.mkdir(parents=True, exist_ok=True)
        (group / "memory.limit_in_bytes").write_text(str(memory_limit(self._services[name])))
        done = subprocess.run(
            ["chroot", self._roots.tools, "podman", *words],
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=lambda: _enter(group),  # one write
        )
        if done.returncode:
            raise TransientError(f"{name} failed: {(done.stderr or done.stdout).strip()[-LOG:]}")
        return done.stdout


def require_groups() -> None:
    """Raises UsageError where the limits of memory cannot be set."""
    if not (GROUPS / "cgroup.procs").exists():
        raise UsageError(
            f"there is no memory controller of cgroup v1 at {GROUPS}: use Docker itself"
        )


def remove_groups() -> None:
    """Remove the groups of all services; nothing runs in them any more."""
    for folder in sorted((GROUPS / OURS).glob("*/"), reverse=True):
        folder.rmdir()
    if (GROUPS / OURS).exists():
        (GROUPS / OURS).rmdir()


def _group(name: str) -> Path:
    return GROUPS / OURS / name


def _enter(group: Path) -> None:
    (group / "cgroup.procs").write_text(str(os.getpid()))
