"""movietag with other versions of its servers: ``make servers``. Each pair runs the demo, then the tests that ask them.

Elasticsearch's are the bare zips of Maven, as ours is. Those before 8.18 do not start on the Java that Kafka runs on:
for them Debian's Java 17 is taken, or the pair is passed over, with the reason.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from movietag.local.artifacts import (
    ARTIFACTS,
    ELASTICSEARCH_VERSION,
    KAFKA_VERSION,
    write_lock,
)
from movietag.local.elasticsearch import JAVA

JAVA_17 = Path("/usr/lib/jvm/java-17-openjdk-amd64")
ASKING = ("tests/search", "tests/kafka", "tests/web")  # the tests that ask servers
PORT_BASE = 17000


@dataclass(frozen=True)
class Pair:
    """One pair of versions; ``java`` is the runtime that Elasticsearch needs, None for the one that is there."""

    kafka: str
    elasticsearch: str
    java: Path | None = None

    def __str__(self) -> str:
        return f"Kafka {self.kafka}, Elasticsearch {self.elasticsearch}"


PAIRS: tuple[Pair, ...] = (
    Pair(KAFKA_VERSION, ELASTICSEARCH_VERSION),
    Pair("3.9.1", "8.12.2", JAVA_17),
    Pair("3.9.1", "8.15.5", JAVA_17),
    Pair("4.1.1", "9.0.8"),
    Pair("4.3.1", "9.1.5"),
)
"""docs/operations.md names them, by ``named_versions``; a test compares."""


def named_versions() -> tuple[str, str]:
    """The versions of Kafka and of Elasticsearch of all pairs, as the documentation names them: `3.9, 4.1 and 4.3`."""
    kafka, elasticsearch = zip(*((one.kafka, one.elasticsearch) for one in PAIRS), strict=True)
    return _listed(kafka), _listed(elasticsearch)


def _listed(versions: tuple[str, ...]) -> str:
    shorts = sorted({tuple(map(int, one.split(".")[:2])) for one in versions})
    names = [".".join(map(str, one)) for one in shorts]
    return f"{', '.join(names[:-1])} and {names[-1]}"


def tried(pair: Pair, folder: Path, *, tests: bool) -> str:
    """Run the demo, and the tests, with these servers; returns what to print of them."""
    if pair.java is not None and not pair.java.is_dir():
        return f"passed over: it needs {pair.java} (Debian: openjdk-17-jre-headless)"
    lock = folder / "artifacts.lock"
    write_lock(lock, pair.kafka, pair.elasticsearch)
    environment = os.environ | {
        ARTIFACTS: str(lock),
        "MOVIETAG_HOME": str(folder / "home"),
        "MOVIETAG_PORT_BASE": str(PORT_BASE),
        **({JAVA: str(pair.java)} if pair.java else {}),
    }
    commands = {"demo": [sys.executable, "-m", "movietag.cli", "demo"]}
    if tests:
        options = ["-m", "servers and not slow", "-n", "2", "--dist", "loadfile", "--quiet"]
        commands["tests"] = [sys.executable, "-m", "pytest", *options, *ASKING]
    said = []
    for name, command in commands.items():
        began = time.monotonic()
        code = subprocess.run(command, env=environment, check=False).returncode
        said.append(
            f"{name} {'passed' if code == 0 else f'FAILED ({code})'} in {time.monotonic() - began:.0f} s"
        )
    return ", ".join(said)


def main() -> None:
    """Try each pair; exits with 1 if one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kafka", help="only this version, e.g. 3.9.1")
    parser.add_argument("--elasticsearch", help="with this version, e.g. 9.1.5")
    parser.add_argument("--java", type=Path, help="the home of the Java that it needs, if another")
    parser.add_argument("--no-tests", action="store_true", help="the demo alone")
    given = parser.parse_args()
    pairs = PAIRS
    if given.kafka or given.elasticsearch:
        if not (given.kafka and given.elasticsearch):
            parser.error("give both versions")
        pairs = (Pair(given.kafka, given.elasticsearch, given.java),)
    lines = []
    for pair in pairs:
        with tempfile.TemporaryDirectory(prefix="movietag-servers-") as folder:
            lines.append(f"{pair}: {tried(pair, Path(folder), tests=not given.no_tests)}")
        print(lines[-1], flush=True)
    print("\n".join(["", *lines]))
    sys.exit(any("FAILED" in line for line in lines))


if __name__ == "__main__":
    main()
