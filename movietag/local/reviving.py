"""Kills stage processes that do not answer, so that their supervisor restarts them. Standard library only.

    python -S -E reviving.py SUPERVISOR SOCKET LOG URLS    # returns immediately, a daemon of it goes on

``SUPERVISOR`` is its pid, with which this ends; ``SOCKET`` its XML-RPC; ``URLS`` is JSON: the address of the health of
each process, by its name. supervisord restarts what ends, but not what is stopped (SIGSTOP) or stands still.

A busy process answers late, not never (docs/operations.md has the figures), so one that leaves every query of a minute
without an answer does not work any more. A process that refuses connections is another matter: it is starting, or
its port is in use and it works without.
"""

from __future__ import annotations

import http.client
import json
import os
import select
import signal
import socket
import sys
import time
import urllib.request
import xmlrpc.client
from collections.abc import Mapping

EVERY_SECONDS = 10.0
PATIENCE = 5.0  # seconds for one answer
SILENT = 4  # queries in a row without an answer
RUNNING = 20  # supervisor/states.py

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class _Unix(http.client.HTTPConnection):
    """HTTP to a socket of the file system."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=PATIENCE)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def running(path: str) -> dict[str, int]:
    """The pids of the processes that run, by name; raises OSError, HTTPException, ValueError."""
    connection = _Unix(path)
    try:
        body = xmlrpc.client.dumps((), "supervisor.getAllProcessInfo")
        connection.request("POST", "/RPC2", body, {"Content-Type": "text/xml"})
        (infos,), _ = xmlrpc.client.loads(connection.getresponse().read())
    finally:
        connection.close()
    assert isinstance(infos, list)
    return {one["name"]: one["pid"] for one in infos if one["state"] == RUNNING}


def responds(url: str, patience: float = PATIENCE) -> bool:
    """Whether a process answers, whatever it says, or refuses connections: only silence is none."""
    try:
        with _direct.open(url, timeout=patience):
            return True
    except TimeoutError:
        return False
    except OSError as error:  # HTTPError, too
        return not isinstance(getattr(error, "reason", None), TimeoutError)


class Silence:
    """Counts the queries in a row that each process has left without an answer."""

    def __init__(self) -> None:
        self._queries: dict[tuple[str, int], int] = {}

    def silent(self, pids: Mapping[str, int], answering: Mapping[str, bool]) -> list[str]:
        """The processes that have been silent for too long; a new pid begins anew."""
        before, self._queries = self._queries, {}
        for name, pid in pids.items():
            if not answering.get(name, True):
                self._queries[name, pid] = before.get((name, pid), 0) + 1
        return [name for (name, _), count in self._queries.items() if count >= SILENT]


def look(path: str, log: str, urls: Mapping[str, str], silence: Silence) -> None:
    """Query every process once, and kill those that have been silent for too long."""
    pids = {name: pid for name, pid in running(path).items() if name in urls}
    for name in silence.silent(pids, {name: responds(urls[name]) for name in pids}):
        if running(path).get(name) != pids[name]:
            continue  # it ended meanwhile
        os.kill(pids[name], signal.SIGKILL)
        with open(log, "a", encoding="utf-8") as file:  # noqa: PTH123  # pathlib takes 2 MB
            file.write(
                f"{time.strftime('%Y-%m-%d %H:%M:%S')} {name} (pid {pids[name]}) did not answer"
                f" {SILENT} queries in a row, and was killed\n"
            )


def watch(supervisor: int, path: str, log: str, urls: Mapping[str, str]) -> None:
    """Look again and again until the supervisor ends."""
    poll, silence = select.poll(), Silence()
    try:
        poll.register(os.pidfd_open(supervisor), select.POLLIN)
    except ProcessLookupError:
        return
    while not poll.poll(EVERY_SECONDS * 1000):
        try:
            look(path, log, urls, silence)
        except (OSError, http.client.HTTPException, ValueError, xmlrpc.client.Error):
            continue  # it is starting, or ending


if __name__ == "__main__":
    if os.fork():
        os._exit(0)
    os.setsid()
    watch(int(sys.argv[1]), sys.argv[2], sys.argv[3], json.loads(sys.argv[4]))
