"""The configuration of supervisord, which starts, monitors and stops each process of the stack."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterable
from pathlib import Path

from movietag.local.programs import Program
from movietag.settings.home import HomeLayout
from movietag.stages import PROCESS

SHIM = Path(__file__).with_name("shim.py")
LOG_BYTES = "10MB"
LOG_BACKUPS = 3
OPEN_FILES = 4096


def supervisor_conf(where: HomeLayout, programs: Iterable[Program], *, root: bool) -> str:
    """The whole configuration, with paths relative to the home, in which supervisord starts."""
    return "\n".join([_daemon(where, root=root), *(_program(program) for program in programs)])


def spec_path(where: HomeLayout, program: Program) -> Path:
    """The file from which the shim reads the program."""
    return where.run / f"{program.name}.json"


def _escape(text: object) -> str:
    """A value escaped for supervisord, which expands ``%``."""
    return str(text).replace("%", "%%")


def _daemon(where: HomeLayout, *, root: bool) -> str:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    return f"""\
[unix_http_server]
file = {_escape(where.socket)}
chmod = 0700

[supervisord]
logfile = logs/supervisor.log
logfile_maxbytes = {LOG_BYTES}
logfile_backups = {LOG_BACKUPS}
pidfile = run/supervisor.pid
childlogdir = logs
umask = 022
minfds = {files}
{"user = root" if root else ""}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""


def _program(program: Program) -> str:
    many = program.numprocs > 1
    name = "%(program_name)s-%(process_num)d" if many else "%(program_name)s"
    python, shim = _escape(sys.executable), _escape(SHIM)
    return f"""\
[program:{program.name}]
command = "{python}" -S -E "{shim}" "run/{program.name}.json"
process_name = {name}
numprocs = {program.numprocs}
numprocs_start = 1
environment = {PROCESS}="%(process_num)d"
autostart = false
autorestart = true
startsecs = {program.start_seconds}
startretries = {program.start_tries}
stopsignal = TERM
stopwaitsecs = {round(program.stop_seconds)}
stopasgroup = true
killasgroup = true
redirect_stderr = true
stdout_logfile = logs/{name}.log
stdout_logfile_maxbytes = {LOG_BYTES}
stdout_logfile_backups = {LOG_BACKUPS}
"""
