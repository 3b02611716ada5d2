"""The unit by which systemd runs the embedded stack, and the file of its settings."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from movietag.errors import MovietagError, UsageError
from movietag.files import write_whole
from movietag.settings.environment import MARKER, PREFIX

NAME: Final = "movietag.service"
SYSTEM: Final = Path("/etc/systemd/system")
SERVERS_SECONDS: Final = 60  # to stop them, after the stages
NOT_OURS: Final = (MARKER, "MOVIETAG_OWNER", "MOVIETAG_PROCESS")  # of processes, no settings


def unit_path(*, system: bool) -> Path:
    """Where systemd looks for the unit, of the machine or of this user."""
    if system:
        return SYSTEM / NAME
    config = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(config) / "systemd" / "user" / NAME


def unit(variables: Path, directory: Path, stop_seconds: float, *, system: bool) -> str:
    """The text of the unit.

    Args:
        variables: the file with the settings.
        directory: to which relative paths in settings are relative.
        stop_seconds: what a stage may take to stop.
        system: whether it is of the machine; else of a user.
    """
    return f"""\
# Made by `movietag service install`.
[Unit]
Description=movietag: Kafka, Elasticsearch, Triton and the stages
Documentation=man:systemd.service(5)
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=600
StartLimitBurst=5

[Service]
Type=exec
ExecStart={_quoted(sys.executable)} -P -m movietag.cli up --foreground
WorkingDirectory={_specifiers(str(directory))}
EnvironmentFile=-{_specifiers(str(variables))}
Restart=on-failure
RestartSec=10
# `up` stops the stages, then the servers; what is left after that is killed.
KillMode=mixed
TimeoutStopSec={round(stop_seconds) + SERVERS_SECONDS}

[Install]
WantedBy={"multi-user.target" if system else "default.target"}
"""


def settings_file(environment: Mapping[str, str]) -> str:
    """The settings in the environment, as systemd reads them from a file (systemd.exec(5), EnvironmentFile=).

    Raises:
        UsageError: a value has a line break.
    """
    lines = []
    for name, value in sorted(environment.items()):
        if name.startswith(PREFIX) and name not in NOT_OURS:
            if re.search(r"[\r\n\0]", value):
                raise UsageError(f"{name} has a line break, which systemd's file cannot have.")
            escaped = re.sub(r'(["\\$`])', r"\\\1", value)
            lines.append(f'{name}="{escaped}"\n')
    return "".join(lines)


def install(path: Path, text: str, variables: Path, values: str) -> None:
    """Write the unit and the file of settings, which only this user may read.

    Raises:
        UsageError: a folder cannot be written to; the text names it.
    """
    try:
        variables.parent.mkdir(parents=True, exist_ok=True)
        write_whole(variables, values.encode(), 0o600)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode())
    except (OSError, UsageError) as error:
        raise UsageError(
            f"The unit cannot be installed: {error}. For the whole machine root must do it; leave out --system"
            " to install it for this user."
        ) from None


def systemctl(*arguments: str, system: bool) -> None:
    """Run systemctl for the machine's or this user's units.

    Raises:
        MovietagError: there is none, or it fails; the text is what it says, with the command.
    """
    command = ["systemctl", *(() if system else ("--user",)), *arguments]
    if shutil.which(command[0]) is None:
        raise MovietagError(f"systemctl is not on PATH, so this was not run: {' '.join(command)}")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        raise MovietagError(f"{' '.join(command)} failed: {said}")


def _quoted(text: str) -> str:
    """A word of ExecStart=."""
    escaped = _specifiers(text).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{escaped}"'


def _specifiers(text: str) -> str:
    return text.replace("%", "%%")
