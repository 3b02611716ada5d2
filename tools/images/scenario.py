"""What the containers go through: the demo's titles, a restart of every stage meanwhile, a recount, a stop."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from movietag.adding import send_titles
from movietag.cli.watch import follow
from movietag.demo.checking import check_against_truth, wait_until_searchable
from movietag.demo.stage_set import demo_settings, demo_stack, library_folder
from movietag.drawn.library import DemoLibrary
from movietag.drawn.library import build as draw
from movietag.errors import MovietagError, TransientError
from movietag.settings import Settings
from movietag.settings.credentials import spelled_out
from movietag.settings.environment import to_environment
from movietag.stages import PORTS, STAGES
from tools.images.compose import Otherwise, Service, named_volumes
from tools.images.containers import Containers
from tools.images.roots import Roots

SERVICES: Final = (*STAGES, "web", "cli")
GIVEN: Final = "given"  # in the tools' root: what the services mount
SECRETS: Final = ("triton_key", "elasticsearch_password")
# Where the embedded servers are, and the demo's site instead of the real ones.
ELSEWHERE: Final = (
    *("kafka", "elasticsearch", "elasticsearch_username", "triton", "port_base", "search"),
    *(
        "search_interval",
        "fetch_interval",
        "private_hosts",
        "ytdlp_extractors",
        "ytdlp_extractor_args",
    ),
)
ENDS: Final = {"web": 128 + signal.SIGTERM}  # uvicorn ends by the signal once it has shut down
SECONDS: Final = 1200.0  # for all titles, on a busy machine


@contextmanager
def embedded(base: Settings, home: Path, partitions: int) -> Iterator[tuple[Settings, DemoLibrary]]:
    """Kafka, Elasticsearch, Triton and the demo's site, for as long as the block lasts; no stage.

    ``partitions``: of each topic, as the containers are told.
    """
    changed = {"home": home, "kafka_partitions": partitions}
    settings = demo_settings(base.model_copy(update=changed))
    library = draw(library_folder(settings), lambda *_: None)
    stack = demo_stack(settings, os.getpid())
    stack.start(only=(*stack.servers, "site"))
    try:
        yield settings, library
    finally:
        stack.down()
        stack.reset()


def others(
    services: Mapping[str, Service], settings: Settings, roots: Roots
) -> dict[str, Otherwise]:
    """How each service differs from the file, and the secrets and folders that they mount."""
    given = roots.tools / GIVEN
    shutil.rmtree(given, ignore_errors=True)
    given.mkdir(mode=0o700)  # a mount needs no way to it
    (given / "secrets").mkdir()
    folders = {"./secrets": f"/{GIVEN}/secrets"}
    for name in named_volumes(services):
        (given / name).mkdir()
        (given / name).chmod(0o1777)  # as Docker makes a volume from the image's /tmp
        folders[name] = f"/{GIVEN}/{name}"
    all_settings = to_environment(
        spelled_out(settings).model_copy(update={"kafka": settings.kafka_address})
    )
    for name in SECRETS:
        _secret(given, f"movietag_{name}", all_settings[f"MOVIETAG_{name.upper()}"])
    _secret(given, "web-keys", secrets.token_hex(16))
    elsewhere = {
        variable: all_settings[variable]
        for variable in (f"MOVIETAG_{name.upper()}" for name in ELSEWHERE)
    }
    web = {"127.0.0.1:19390": f"127.0.0.1:{settings.port_base + 390}"}
    found = {name: Otherwise(elsewhere, web, folders) for name in ("web", "cli")}
    for name in STAGES:
        port = str(settings.port_base + PORTS[name])
        health = {"MOVIETAG_HEALTH_PORT": port}
        found[name] = Otherwise(elsewhere | health, {":8080/": f":{port}/"}, folders)
    return found


def _secret(given: Path, name: str, text: str) -> None:
    path = given / "secrets" / name
    path.write_text(text)
    path.chmod(0o644)  # the stages are uid 10001: the header of docker-compose.yml


def play(
    roots: Roots, services: Mapping[str, Service], settings: Settings, library: DemoLibrary
) -> Containers:
    """Run all of it; the containers have stopped when it returns.

    Raises:
        MovietagError: a container is not healthy, a count is not as drawn, or a stage does not end as it should.
    """
    containers = Containers(roots, services, others(services, settings, roots))
    try:
        for name in (*STAGES, "web"):
            containers.start(name)
        _healthy(containers)
        asyncio.run(_tag(containers, settings, library))
        print(containers.once("cli", "recount", "--yes").strip())
        _healthy(containers)
        if not containers.state("count")["RestartCount"]:
            raise TransientError("count was not started again for the recount.")
        asyncio.run(_check(settings, library, "after the recount"))
        for name in (*STAGES, "web"):
            status, killed = containers.stop(name), containers.killed(name)
            if status != ENDS.get(name, 0) or killed:
                raise TransientError(
                    f"{name} ended with {status}, {killed} of its processes were killed:\n{containers.log(name)}"
                )
    except MovietagError:
        for name in STAGES:
            print(f"-- {name}\n{containers.log(name)}")
        raise
    finally:
        containers.remove_all()
        shutil.rmtree(roots.tools / GIVEN)
    return containers


def _healthy(containers: Containers) -> None:
    for name in (*STAGES, "web"):
        containers.wait_healthy(name)
    print("Every stage and the pages are healthy.")


async def _tag(containers: Containers, settings: Settings, library: DemoLibrary) -> None:
    lines = list(library.truth.lines)
    half = len(lines) // 2
    await send_titles(settings, [line.encode() for line in lines[:half]])
    for name in STAGES:  # with work in flight
        await asyncio.to_thread(containers.restart, name)
    await asyncio.to_thread(_healthy, containers)
    await send_titles(settings, [line.encode() for line in lines[half:]])
    if not await follow(settings, lines, wait=True, seconds=SECONDS, outage_seconds=SECONDS):
        raise TransientError(f"The titles have not ended after {SECONDS:.0f} s.")
    await _check(settings, library, "after a restart of every stage")


async def _check(settings: Settings, library: DemoLibrary, when: str) -> None:
    await wait_until_searchable(settings)
    verdict = await check_against_truth(settings, library.truth)
    if verdict.faults:
        raise TransientError(f"The counts are wrong {when}: {'; '.join(verdict.faults)}")
    compared = verdict.comparison
    print(f"All counts are as drawn {when}: {compared.share:.0%} of the pairs of movie and tag.")
