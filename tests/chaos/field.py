"""The stack under test: servers behind proxies, stages, the site, and the tagger's orders."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import SecretStr
from support.addresses import search_of
from support.drawn_site import at_site

from chaos.pictures import HEIGHT, WIDTH
from chaos.proxy import KafkaProxy, Proxy
from chaos.reader_model import reader
from chaos.site import Site
from chaos.world import FIRST, SLOTS, VIDEOS, Movie
from movietag.errors import MovietagError
from movietag.local.programs import SERVERS
from movietag.local.progress import ProgressListener
from movietag.local.stack import Stack
from movietag.local.supervision import Process, State, Supervisor
from movietag.search.embedded import node_ready
from movietag.settings import Settings
from movietag.settings.credentials import STAGES_USER, embedded_login
from movietag.stage_state import probe_stage
from movietag.stages import STAGES

HERE = Path(__file__).parent
QUOTA = "3g"  # of the data folder
SECOND_LISTENER = 97  # above the servers' port base: Kafka's, whose clients come by the proxy


class Servers(Stack):
    """The embedded servers; Kafka tells the clients of its second listener to come by the proxy."""

    proxy_port = 0

    def _launch(self, progress: ProgressListener) -> Supervisor:
        supervisor = super()._launch(progress)
        path = self.where.kafka / "server.properties"
        own = f"PROXIED://127.0.0.1:{self.settings.port_base + SECOND_LISTENER}"
        lines = []
        for line in path.read_text().splitlines():
            key = line.partition("=")[0]
            more = {
                "listeners": f",{own}",
                "advertised.listeners": f",PROXIED://127.0.0.1:{self.proxy_port}",
                "listener.security.protocol.map": ",PROXIED:PLAINTEXT",
            }.get(key, "")
            lines.append(line + more)
        path.write_text("\n".join(lines) + "\n")
        return supervisor


class Stages(Stack):
    """The stages, with all their remedies or ``without`` one.

    With ``versions`` (a folder, see chaos.versioned) a file for each process says which code it runs.
    """

    def __init__(self, settings: Settings, without: str, versions: Path | None = None) -> None:
        super().__init__(settings)
        if versions:
            launcher = (sys.executable, str(HERE / "versioned.py"), str(versions))
            self._after_servers = tuple(
                replace(program, argv=(*launcher, program.name, *program.argv))
                for program in self._after_servers
            )
        if without:
            self._after_servers = tuple(
                replace(
                    program,
                    argv=(sys.executable, "-P", "-m", "chaos.sabotage", without, program.name),
                    env={**program.env, "PYTHONPATH": str(HERE.parent)},
                )
                for program in self._after_servers
            )


def _stop(stack: Stack) -> None:
    """Stop a stack, once a thread that is starting something of it has done so."""
    for _ in range(120):
        try:
            stack.down()
        except MovietagError as error:
            print(f"  not stopped yet: {error}"[:150], file=sys.stderr)
            time.sleep(1)
        else:
            return
    stack.down()


class Field:
    """Everything that runs; ``up`` starts it, ``down`` leaves nothing."""

    def __init__(
        self,
        folder: Path,
        base: int,
        movies: Sequence[Movie],
        without: str = "",
        linger: float = 0.0,
        versions: Path | None = None,
    ) -> None:
        self.folder, self.base = folder, base
        self.quota = folder / "servers"
        self.quota.mkdir(parents=True)
        self.mounted = _mount(self.quota)
        self.orders_folder = folder / "orders"
        self.orders_folder.mkdir()
        refused = [list(frame) for movie in movies for frame in movie.refused]
        self.orders = {"tagger": FIRST, "mode": "ok", "seconds": 0.02, "refused": refused}
        self.order()
        repository = folder / "repository"
        reader(repository)
        key = SecretStr(secrets.token_urlsafe())  # the servers are started more than once
        self.servers = Servers(
            Settings(
                home=self.quota, port_base=base, model_path=self.orders_folder, triton_key=key
            ),
            model_repository=repository,
        )
        embedded_login(self.quota, STAGES_USER)  # makes the password, which the settings below hold
        self.proxies = {
            "kafka": KafkaProxy(base + 390, base + SECOND_LISTENER),
            "elasticsearch": Proxy(base + 391, base + 200),
            "triton": Proxy(base + 392, base + 1),
        }
        self.servers.proxy_port = self.proxies["kafka"].port
        (folder / "videos").mkdir()
        self.site = Site(movies, folder / "videos", base + 393, linger)
        at = {name: f"127.0.0.1:{proxy.port}" for name, proxy in self.proxies.items()}
        site = f"127.0.0.1:{base + 393}"
        self.settings = Settings(
            home=folder / "stages",
            port_base=base + 400,
            kafka=at["kafka"],
            **{
                **search_of(self.servers.settings),
                "elasticsearch": f"http://{at['elasticsearch']}",
            },
            triton=at["triton"],
            triton_key=key,
            workers=2,
            model="reader",
            fetch_interval=0,
            videos=VIDEOS,
            slots=SLOTS,
            movie_slots=VIDEOS * SLOTS,
            **at_site(site, width=WIDTH, height=HEIGHT),
            jpeg_quality=80,
            fetch_parallel=3,
            frame_store=str(folder / "kept"),
            caption_seconds=5,
            stop_seconds=10,
        )
        self.direct = self.settings.model_copy(  # the harness's own way, past the proxies
            update={
                "kafka": f"127.0.0.1:{base + 92}",
                "elasticsearch": f"http://127.0.0.1:{base + 200}",
            }
        )
        self.stages = Stages(self.settings, without, versions)

    def order(self, **changes: object) -> None:
        """Give the tagger new orders."""
        self.orders |= changes
        part = self.orders_folder / "orders.part"
        part.write_text(json.dumps(self.orders))
        part.replace(self.orders_folder / "orders.json")

    def up(self) -> None:
        """Start what does not run; as an operator would, again and again."""
        self.servers.start(only=SERVERS)
        self.stages.start()

    def mend(self) -> bool:
        """Start whatever the supervisors have given up; whether all runs."""
        node_ready(self.servers.settings)  # as the index stage does beside an embedded one
        try:
            for stack in (self.servers, self.stages):
                supervisor = Supervisor.connect(stack.where.socket)
                if supervisor is None or any(process.resting for process in supervisor.processes()):
                    stack.start(only=SERVERS if stack is self.servers else None)
        except (MovietagError, OSError):
            return False
        return True

    def down(self, *, keep: bool) -> None:
        """Stop all; delete data and logs, or say where they are kept."""
        for stack in (self.stages, self.servers):
            _stop(stack)
        self.site.server.shutdown()
        if keep:
            print(f"kept: {self.folder}", file=sys.stderr)
            return
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.quota)], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def processes(self) -> list[Process]:
        """Every server's and stage's process that has a pid."""
        found = []
        for stack in (self.servers, self.stages):
            supervisor = Supervisor.connect(stack.where.socket)
            found += supervisor.processes() if supervisor else []
        return [process for process in found if process.pid and process.state is State.RUNNING]

    def in_flight(self, stage: str, number: int) -> int:
        """Entries in flight in a process of a stage; 0 when it does not answer."""
        state = probe_stage(self.settings, stage, number)
        return sum(agent.in_flight for agent in state.agents.values()) if state else 0

    def works(self, process: str) -> bool:
        """Whether this process has work in flight: a server, when any stage has."""
        stage, _, number = process.partition("-")
        if stage in STAGES:
            return self.in_flight(stage, int(number or 1)) > 0
        return any(self.in_flight(name, number) for name in STAGES for number in (1, 2))


def _mount(folder: Path) -> bool:
    """A file system of its own with a quota; whether that is allowed here."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={QUOTA},mode=755", "tmpfs", str(folder)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
