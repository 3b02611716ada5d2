"""The embedded Kafka: one process, broker and controller, without ZooKeeper."""

from __future__ import annotations

import base64
import subprocess
import uuid
from pathlib import Path

from movietag.errors import MovietagError
from movietag.local.install import Servers
from movietag.local.programs import Program
from movietag.settings.home import HomeLayout

# C1 alone halves the start (2 s of CPU instead of 4); the broker is never the pipeline's bottleneck.
JVM = (
    "-Xmx400m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "--sun-misc-unsafe-memory-access=allow",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss",
)
A_YEAR = 365 * 24 * 60  # minutes: a stack that was off for months continues where it stopped


def ports(base: int) -> tuple[int, int]:
    """The broker's and the controller's port."""
    return base + 92, base + 93


def broker_properties(base: int, data: Path) -> str:
    """The broker's configuration."""
    broker, controller = ports(base)
    return f"""\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{broker}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
offsets.retention.minutes={A_YEAR}
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# Small machine: the default buffer alone is a third of the heap.
log.cleaner.dedupe.buffer.size=16777216
log.index.size.max.bytes=1048576
"""


def prepare(servers: Servers, where: HomeLayout, base: int) -> Program:
    """Write the configuration, format the data folder if it is new, and return the program.

    Raises:
        MovietagError: Kafka could not format its data folder.
    """
    data = where.kafka / "data"
    data.mkdir(parents=True, exist_ok=True)
    config = where.kafka / "server.properties"
    config.write_text(broker_properties(base, data))
    java = (str(servers.java / "bin" / "java"), *JVM, "-cp", f"{servers.kafka}/*")
    if not (data / "meta.properties").exists():
        _format((*java, "kafka.tools.StorageTool", "format", "--standalone"), config)
    return Program(
        name="kafka",
        argv=(*java, "kafka.Kafka", str(config)),
        server=True,
        stop_seconds=20,
        start_tries=5,
        data=data,
    )


def _format(command: tuple[str, ...], config: Path) -> None:
    done = subprocess.run(
        [*command, "-t", cluster_id(), "-c", str(config)],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise MovietagError(f"Kafka could not format its data folder:\n{done.stdout}{done.stderr}")


def cluster_id() -> str:
    """A new id in Kafka's format: 22 characters of URL-safe base64, without a leading dash."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text
