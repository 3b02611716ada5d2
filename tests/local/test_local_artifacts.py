"""Fetching the servers: what is locked, what is refused, what continues where it stopped."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from movietag.errors import MovietagError
from movietag.local.artifacts import CHUNK, Artifact, fetch, locked

CONTENT = bytes(range(256)) * 1024
ITEM = Artifact(
    "org.example", "thing", "jar", "1.0", len(CONTENT), hashlib.sha256(CONTENT).hexdigest()
)


class Server(ThreadingHTTPServer):
    """A repository that may break off in the middle, or serve something else."""

    content = CONTENT
    cut_after: int | None = None

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.ranges: list[str] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "bytes=0-")
        self.server.ranges.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-"))
        rest = self.server.content[start:]
        self.send_response(206 if start < len(self.server.content) else 416)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        self.wfile.write(rest[: self.server.cut_after])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    pytest.importorskip("jgo")
    server = Server()
    Thread(target=server.serve_forever, daemon=True).start()
    config = tmp_path / "jgo.conf"
    config.write_text(f"[repositories]\nlocal = http://127.0.0.1:{server.server_port}\n")
    monkeypatch.setenv("JGO_CONFIG_FILE", str(config))
    monkeypatch.setenv("M2_REPO", str(tmp_path / "m2"))
    # The registry itself is never asked in a test.
    monkeypatch.setattr("jgo.constants.MAVEN_CENTRAL_URL", "http://127.0.0.1:9")
    yield server
    server.shutdown()
    server.server_close()


def quiet(done: int, total: int) -> None:
    pass


def test_every_file_is_locked_by_its_hash() -> None:
    files = locked()
    assert len({item.filename for item in files}) == len(files) > 40
    assert all(len(item.sha256) == 64 and item.size > 0 for item in files)
    assert [item.name for item in files if item.packaging == "zip"] == ["elasticsearch"]


def test_a_file_is_fetched_once(repository: Server) -> None:
    steps: list[tuple[int, int]] = []
    show: Callable[[int, int], None] = lambda done, total: steps.append((done, total))  # noqa: E731
    path = fetch([ITEM], show)["thing-1.0.jar"]
    assert path.read_bytes() == CONTENT
    assert steps[-1] == (ITEM.size, ITEM.size)
    repository.shutdown()
    assert fetch([ITEM], quiet)["thing-1.0.jar"] == path  # offline now
    assert len(repository.ranges) == 1


def test_a_broken_download_goes_on_where_it_stopped(repository: Server) -> None:
    repository.cut_after = 200_000
    with pytest.raises(MovietagError, match=r"thing-1\.0\.jar.*\n.*continues where it stopped"):
        fetch([ITEM], quiet)
    repository.cut_after = None
    assert fetch([ITEM], quiet)["thing-1.0.jar"].read_bytes() == CONTENT
    assert repository.ranges == ["bytes=0-", f"bytes={200_000 // CHUNK * CHUNK}-"]


def test_a_file_with_another_hash_is_refused_and_not_kept(
    repository: Server, tmp_path: Path
) -> None:
    repository.content = CONTENT[::-1]
    with pytest.raises(MovietagError, match=f"expected {ITEM.sha256}"):
        fetch([ITEM], quiet)
    assert not [path for path in (tmp_path / "m2").rglob("*") if path.is_file()]


def test_a_changed_file_in_the_local_repository_is_refused_but_left(
    repository: Server, tmp_path: Path
) -> None:
    path = tmp_path / "m2" / ITEM.path
    path.parent.mkdir(parents=True)
    path.write_bytes(b"something else")
    with pytest.raises(MovietagError, match="Delete it"):
        fetch([ITEM], quiet)
    assert path.exists()
    assert repository.ranges == []
