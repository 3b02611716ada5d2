"""What supervisord and the shim are told."""

from __future__ import annotations

import json
import shlex
from configparser import RawConfigParser
from pathlib import Path

import pytest

from movietag.local.conf import supervisor_conf
from movietag.local.layout import make_folders
from movietag.local.programs import Program, stage_programs
from movietag.settings import Settings
from movietag.settings.home import home_layout
from movietag.stage_state import embedded_ports, own_port
from movietag.stages import PROCESS, STAGES


def rendered(*programs: Program, home: Path = Path("/srv/h")) -> RawConfigParser:
    parser = RawConfigParser(inline_comment_prefixes=(";", "#"))  # as supervisord reads it
    parser.read_string(
        supervisor_conf(home_layout(Settings(home=home), root=False), programs, root=False)
    )
    return parser


def test_a_program_is_restarted_and_stopped_with_all_its_children() -> None:
    section = rendered(Program("kafka", ("/bin/x",), stop_seconds=20))["program:kafka"]
    assert section["autorestart"] == section["stopasgroup"] == section["killasgroup"] == "true"
    assert section["stopwaitsecs"] == "20"
    assert section["process_name"] == "%(program_name)s"


def test_processes_of_one_program_have_names_and_logs_of_their_own() -> None:
    program = Program("fetch", ("/bin/x",), numprocs=3)
    section = rendered(program)["program:fetch"]
    assert program.processes == ("fetch-1", "fetch-2", "fetch-3")
    assert section["process_name"] == "%(program_name)s-%(process_num)d"
    assert section["stdout_logfile"].endswith("/%(program_name)s-%(process_num)d.log")
    assert section["numprocs_start"] == "1"


def test_supervisord_itself_accepts_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = pytest.importorskip("supervisor.options")
    where = home_layout(Settings(home=tmp_path / "home"), root=False)
    make_folders(where)
    where.conf.write_text(supervisor_conf(where, [Program("site", ("/bin/x",))], root=False))
    monkeypatch.chdir(where.home)
    server = options.ServerOptions()
    server.realize(["-c", str(where.conf)])
    (group,) = server.process_group_configs
    (process,) = group.process_configs
    assert Path(process.stdout_logfile).absolute() == where.log("site")
    assert shlex.split(process.command)[-1] == "run/site.json"
    assert Path(server.pidfile).absolute() == where.run / "supervisor.pid"
    assert [config["file"] for config in server.server_configs] == [str(where.socket)]


def test_a_stage_gets_longer_to_stop_than_it_takes_for_itself() -> None:
    programs = stage_programs(Settings(stop_seconds=30, workers=2))
    assert [program.name for program in programs] == list(STAGES)
    assert {program.stop_seconds for program in programs} == {35}
    assert {program.numprocs for program in programs} == {2}


def test_the_shim_is_told_whether_a_program_may_see_the_settings() -> None:
    server = json.loads(Program("kafka", ("/bin/x",), server=True).spec(Path("/srv/h")))
    stage = json.loads(Program("plan", ("/bin/x",)).spec(Path("/srv/h")))
    assert server["settings"] is False
    assert stage["settings"] is True
    assert stage["directory"] == "/srv/h"


def test_each_process_of_a_stage_is_told_its_number_and_has_a_port_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    section = rendered(Program("fetch", ("/bin/x",), numprocs=3))["program:fetch"]
    assert section["environment"] == f'{PROCESS}="%(process_num)d"'
    settings = Settings(port_base=20000, workers=16)
    found = []
    for stage in STAGES:
        for number in range(1, settings.workers + 1):
            monkeypatch.setenv(PROCESS, str(number))
            found.append(own_port(settings, stage))
    assert found == embedded_ports(settings)
    assert len(set(found)) == len(STAGES) * 16
    assert (found[0], found[-1]) == (20304, 20383)
