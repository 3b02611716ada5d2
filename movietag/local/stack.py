"""The embedded stack: real servers and the stages as one unit to start, stop and query.

stack = Stack(get_settings())
stack.start()                      # all of it; or only=SERVERS for tests
stack.status().addresses.kafka
stack.down()                       # no process remains; the data does
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Collection, Sequence
from pathlib import Path

from movietag.errors import MovietagError, UsageError
from movietag.local import leftovers, preflight, status
from movietag.local.install import install_servers, require_parts
from movietag.local.layout import make_folders, prepare_programs, used_ports, write_configuration
from movietag.local.locking import locked_file
from movietag.local.owner import OWNER
from movietag.local.programs import SERVERS, Program, stage_programs
from movietag.local.progress import SILENT, ProgressListener
from movietag.local.readiness import probes
from movietag.local.supervision import Process, State, Supervisor, launch, let_end_with, let_revive
from movietag.local.waiting import NotReadyError, wait_ready
from movietag.settings import Settings
from movietag.settings.credentials import secrets_folder
from movietag.settings.environment import same_but_tagging, settings_digest, stack_environment
from movietag.settings.home import home_layout
from movietag.settings.home_frames import clear_frames
from movietag.settings.home_vocabulary import clear_current
from movietag.settings.paths import check_paths
from movietag.stage_state import health_urls

END_LIMIT = 15.0  # seconds for the supervisor, or leftovers of a dead one, to end


class Stack:
    """One embedded stack, identified by its settings: ``home`` is its folder, ``port_base`` its first port.

    A server whose address is configured (``kafka``, ``elasticsearch``, ``triton``) is not started: the stages use
    the configured one. Each method may block for as long as starting or stopping takes, works the same from
    another process, and raises MovietagError with a text for the user.

    Args:
        settings: the stages get exactly these, whatever the environment says.
        extra: further programs, started and stopped with the stages.
        model_repository: the repository that Triton serves; default: the shipped one.
        owner: pid of a process with which the stack ends, for whatever reason that ends; default: the
            environment's `MOVIETAG_OWNER`, if any.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        extra: Sequence[Program] = (),
        model_repository: Path | None = None,
        owner: int | None = None,
    ) -> None:
        self.settings = settings
        self.where = home_layout(settings)
        ports = {
            "kafka": settings.kafka,
            "elasticsearch": settings.elasticsearch,
            "triton": settings.triton,
        }
        self.servers = tuple(name for name in SERVERS if ports[name] is None)
        self._after_servers = (*stage_programs(settings), *extra)
        self._model_repository = model_repository
        self.found_left: tuple[str, ...] = ()  # of a stack that was not stopped, said for its user
        self._owner = owner or int(os.environ.get(OWNER, "0"))

    @property
    def names(self) -> tuple[str, ...]:
        """All programs, in the order of starting."""
        return (*self.servers, *(program.name for program in self._after_servers))

    # -- starting

    def start(
        self, *, only: Collection[str] | None = None, progress: ProgressListener = SILENT
    ) -> tuple[str, ...]:
        """Start the stack, or ``only`` these programs, and wait until they are ready.

        Servers start first, all at the same time; then the rest. If something fails to start, everything that
        this call started is stopped again; what is only not ready in time stays up.

        Returns:
            The programs that this call started; empty if all of them were running.

        Raises:
            UsageError: an extra is not installed, or ``only`` names an unknown program.
            NotReadyError: a part is not ready after ``start_seconds``.
            MovietagError: a port is in use, the disk is full, a part does not start, the stack runs with other
                settings, or another command is starting or stopping it.
        """
        wanted = self._known(only)
        require_parts()
        make_folders(self.where)
        with locked_file(self.where.run / "lock"):
            supervisor = Supervisor.connect(self.where.socket)
            if supervisor is not None:
                self._check_same()
            before = _active(supervisor) if supervisor else set()
            try:
                supervisor = supervisor or self._launch(progress)
                return self._start_in_order(supervisor, wanted, progress)
            except NotReadyError:
                raise
            except BaseException:  # also if the user interrupts
                if supervisor is not None and before:
                    supervisor.stop(set(wanted) - before, self._stop_limit)
                else:
                    self._bring_down(SILENT)
                raise

    def _start_in_order(
        self, supervisor: Supervisor, wanted: Sequence[str], progress: ProgressListener
    ) -> tuple[str, ...]:
        started: list[str] = []
        servers = [name for name in wanted if name in self.servers]
        for group in (servers, [name for name in wanted if name not in servers]):
            for name in group:
                if name not in _active(supervisor):
                    progress.part(name, "starting")
                    supervisor.start(name)
                    started.append(name)
            if group:
                questions = probes(self.settings)
                limit = self.settings.start_seconds
                wait_ready(supervisor, self.where, group, questions, progress, limit)
        return tuple(started)

    def _launch(self, progress: ProgressListener) -> Supervisor:
        """Lay out everything and start the supervisor, with no program running yet."""
        where = self.where
        check_paths(self.settings)
        left = leftovers.processes_of(where.home)
        self.found_left = leftovers.told_left(left, was_up=self._digest.exists())
        leftovers.end(left, END_LIMIT)
        preflight.check_disk((where.home, where.cache, where.search))
        preflight.check_ports(used_ports(self.settings, self.servers))
        installed = install_servers(where.cache, progress)
        programs = prepare_programs(
            installed, where, self.settings, self.servers, self._model_repository
        )
        write_configuration(where, (*programs, *self._after_servers))
        self._digest.write_text(settings_digest(self.settings))
        environment = stack_environment(self.settings, where.home)
        launch(where.conf, environment)
        supervisor = Supervisor.connect(where.socket)
        if supervisor is None:
            raise MovietagError(f"The supervisor ended immediately; see {where.log('supervisor')}.")
        if self._owner:
            let_end_with(supervisor, self._owner, environment)
        let_revive(supervisor, where, health_urls(self.settings), environment)
        return supervisor

    def _known(self, only: Collection[str] | None) -> tuple[str, ...]:
        unknown = set(only or ()) - set(self.names)
        if unknown:
            raise UsageError(
                f"No part is called {', '.join(sorted(unknown))}; the parts are {', '.join(self.names)}."
            )
        return tuple(name for name in self.names if only is None or name in only)

    @property
    def retagged(self) -> bool:
        """Whether it runs with these settings, vocabulary and match rule included.

        Raises:
            MovietagError: it does not run, or other settings differ.
        """
        self._running()
        if not same_but_tagging(self._digest.read_text(), settings_digest(self.settings)):
            self._check_same()
        return self._digest.read_text() == settings_digest(self.settings)

    def retag(self, *names: str) -> None:
        """Restart these programs with the home's current vocabulary (see ``movietag.settings.home_vocabulary``)."""
        self.stop(*names)
        self._digest.write_text(settings_digest(self.settings))
        self.start(only=names)

    def supervisor_pid(self) -> int | None:
        """The pid of the supervisor; None if it does not run."""
        supervisor = Supervisor.connect(self.where.socket)
        return supervisor.pid if supervisor else None

    @property
    def _digest(self) -> Path:
        return self.where.run / "settings"

    def _check_same(self) -> None:
        if self._digest.read_text() != settings_digest(self.settings):
            raise MovietagError(
                f"The stack in {self.where.home} is up with other settings. Stop it first:"
                " movietag down"
            )

    # -- single programs

    def stop(self, *names: str) -> None:
        """Stop these programs; they stay stopped until they are started again."""
        self._running().stop(self._known(names), self._stop_limit)

    def restart(self, name: str) -> None:
        """Stop a program and start it again; returns when it is ready."""
        self.stop(name)
        self.start(only=(name,))

    def pid(self, name: str) -> int | None:
        """The pid of a program (of its first process); None if it does not run."""
        processes = self._running().processes()
        return next((p.pid for p in processes if name in (p.program, p.name)), None)

    def _running(self) -> Supervisor:
        supervisor = Supervisor.connect(self.where.socket)
        if supervisor is None:
            raise MovietagError(f"The stack in {self.where.home} is not up. Start it: movietag up")
        return supervisor

    # -- stopping

    @property
    def _stop_limit(self) -> float:
        return max(program.stop_seconds for program in self._after_servers) + END_LIMIT

    def down(self, progress: ProgressListener = SILENT) -> bool:
        """Stop the stages, then the servers, then the supervisor; no process remains. Data is not deleted.

        Returns:
            Whether anything was running.
        """
        if not self.where.run.exists():
            return False
        with locked_file(self.where.run / "lock"):
            return self._bring_down(progress)

    def _bring_down(self, progress: ProgressListener) -> bool:
        supervisor = Supervisor.connect(self.where.socket)
        if supervisor is not None:
            self._stop_in_order(supervisor, progress)
        left = leftovers.processes_of(self.where.home)
        leftovers.end(left, END_LIMIT)
        self._digest.unlink(missing_ok=True)
        return supervisor is not None or bool(left)

    def _stop_in_order(self, supervisor: Supervisor, progress: ProgressListener) -> None:
        programs = _active(supervisor)
        servers = programs & set(SERVERS)
        try:
            for group in (sorted(programs - servers), sorted(servers)):
                for name in group:
                    progress.part(name, "stopping")
                supervisor.stop(group, self._stop_limit)
                for name in group:
                    progress.part(name, "stopped")
            supervisor.shutdown(END_LIMIT)
        except (MovietagError, OSError):
            return  # leftovers are found by their marker, and killed

    def reset(self) -> None:
        """Delete all data and logs of this stack; downloaded servers are not deleted.

        Raises:
            MovietagError: it is up.
        """
        where = self.where
        if not where.home.exists():
            return
        with locked_file(where.run / "lock"):
            if Supervisor.connect(where.socket) or leftovers.processes_of(where.home):
                raise MovietagError(
                    f"The stack in {where.home} is up. Stop it first: movietag down"
                )
            secrets = secrets_folder(where.home)
            for folder in (where.kafka, where.search, where.triton, where.logs, secrets):
                shutil.rmtree(folder, ignore_errors=True)
            clear_current(where.home)
            clear_frames(where.home)

    # -- querying

    def status(self) -> status.StackStatus:  # pyrefly: ignore[not-a-type]
        """All parts and all addresses; never fails because something is down."""
        supervisor = Supervisor.connect(self.where.socket)
        processes = supervisor.processes() if supervisor else self._all_stopped()
        order = {name: place for place, name in enumerate(self.names)}
        processes.sort(key=lambda process: (order.get(process.program, len(order)), process.name))
        now = time.time()
        return status.StackStatus(
            up=all(process.state is State.RUNNING for process in processes),
            addresses=status.addresses(self.settings, self.where),
            parts=tuple(status.part(p, self.where, self.settings, now) for p in processes),
        )

    def _all_stopped(self) -> list[Process]:
        rest = ((program.name, program.processes) for program in self._after_servers)
        return [
            Process(name=process, program=name, state=State.STOPPED, pid=None, since=None)
            for name, processes in (*((name, (name,)) for name in self.servers), *rest)
            for process in processes
        ]


def _active(supervisor: Supervisor) -> set[str]:
    """The programs that run, or will be restarted automatically."""
    return {process.program for process in supervisor.processes() if not process.resting}
