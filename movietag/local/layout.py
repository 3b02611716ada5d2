"""Laying out a stack on disk: its folders, and the configurations of the servers and the supervisor."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Sequence
from pathlib import Path

from movietag.errors import MovietagError, UsageError
from movietag.local import conf, elasticsearch, kafka, triton
from movietag.local.install import Servers
from movietag.local.programs import Program
from movietag.search.embedded import node_ports
from movietag.settings import Settings
from movietag.settings.home import HomeLayout, make_home, private_folder
from movietag.stage_state import embedded_ports


def make_folders(where: HomeLayout) -> None:
    """Create the folders of a stack.

    Raises:
        UsageError: the home's path has characters that a server does not support, or other users may write to
            the folder.
        MovietagError: a folder cannot be created; the text says why.
    """
    if not re.fullmatch(r"[\w./+@-]+", str(where.home)):
        raise UsageError(
            f"MOVIETAG_HOME is {str(where.home)!r}: select a path of letters, digits and . _ + @ -"
            " only (Triton starts its models by a shell command that quotes nothing)."
        )
    try:
        make_home(where)
        for folder in (where.logs, where.kafka, where.triton, where.socket.parent):
            private_folder(folder)
    except OSError as error:
        raise MovietagError(
            f"Cannot write to {where.home}: {error}. Select another folder with MOVIETAG_HOME."
        ) from error


def used_ports(settings: Settings, servers: Collection[str]) -> list[int]:
    """All ports on which these servers and the stages listen."""
    base = settings.port_base
    known = {
        "kafka": kafka.ports(base),
        "elasticsearch": node_ports(base),
        "triton": triton.ports(base),
    }
    return [port for name in servers for port in known[name]] + embedded_ports(settings)


def prepare_programs(
    installed: Servers,
    where: HomeLayout,
    settings: Settings,
    servers: Collection[str],
    models: Path | None,
) -> list[Program]:
    """Write the configuration of each of these servers, and return their programs."""
    base = settings.port_base
    programs: list[Program] = []
    if "kafka" in servers:
        programs.append(kafka.prepare(installed, where, base))
    if "elasticsearch" in servers:
        programs.append(elasticsearch.prepare(installed, where, settings))
    if "triton" in servers:
        programs.append(triton.prepare(installed, where, settings, models))
    return programs


def write_configuration(where: HomeLayout, programs: Sequence[Program]) -> None:
    """Write the files that the supervisor and the shim read."""
    for program in programs:
        conf.spec_path(where, program).write_text(program.spec(where.home))
    where.conf.write_text(conf.supervisor_conf(where, programs, root=os.geteuid() == 0))
