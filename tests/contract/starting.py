"""Everything that the contract is tested on: a Triton of its own, gates, stages."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from frames.drawn_videos import textured, write_video
from pydantic import SecretStr
from support.addresses import search_of

from contract import case_caption, case_count, case_fetch, case_index, case_plan
from contract.case import Case
from contract.field import Field, Stage
from contract.gates import HOST, Gate, TopicGate
from contract.model import Model
from contract.watching import Groups, Watcher
from movietag import topics
from movietag.kafka.clients import create_topics
from movietag.local.stack import Stack
from movietag.search.client import connected
from movietag.settings import Settings
from movietag.settings.credentials import triton_key

STOP_SECONDS = 12.0  # a busy machine must drain within it, and several tests wait so long
MODELS = ("contract_plan", "contract_caption")
ONLY = os.environ.get("CONTRACT_ONLY", "")  # a stage: then nothing comes from the others
INDICES = "movies,movie_tags,frames,dead_letters"


@asynccontextmanager
async def field(stack: Stack, port_base: int, folder: Path) -> AsyncIterator[Field]:
    """All stages, at work, in the block; nothing is left afterwards: no process, work or document."""
    root, repository = folder / "root", folder / "models"
    root.mkdir()
    models = [Model(repository, name) for name in MODELS]
    settings = _settings(stack, folder / "home", port_base, root)
    tagger = Stack(settings, model_repository=repository)
    async with AsyncExitStack() as ends:
        ends.callback(tagger.reset)
        ends.callback(tagger.down)
        await asyncio.to_thread(tagger.start, only=("triton",))
        for model in models:
            model.served(tagger.where.triton / "models", port_base + 2)
        settings = settings.model_copy(update={"triton_key": SecretStr(triton_key(settings))})
        await create_topics(settings)
        watcher = Watcher()
        await ends.enter_async_context(watcher.running(settings))
        groups = await ends.enter_async_context(Groups.asked(settings))
        ends.push_async_callback(_forget_documents, settings)
        ends.push_async_callback(groups.delete_all)
        made = Field(settings, watcher, groups)
        await _start(made, ends, models, _files(root))
        yield made
        # A member that is killed would block the next test's.
        await asyncio.gather(*(asyncio.to_thread(stage.first.stop) for stage in made.stages))


def _settings(stack: Stack, home: Path, port_base: int, root: Path) -> Settings:
    return Settings(
        home=home,
        port_base=port_base,
        kafka=stack.settings.kafka_address,
        **search_of(stack.settings),
        roots=(root,),
        slots=case_fetch.SLOTS,
        fetch_parallel=case_fetch.PARALLEL,
        fetch_interval=0,
        caption_in_flight=case_caption.IN_FLIGHT,
        stop_seconds=STOP_SECONDS,
        adopt="settings",  # plan and caption have models of their own
    )


def _files(root: Path) -> list[Path]:
    """Small videos, each unlike the other."""
    pictures = {seed: [textured(10 * seed + number) for number in range(3)] for seed in (1, 2)}
    return [
        write_video(root / f"{seed}.mp4", [one for one in three for _ in range(10)], rate=10, gop=5)
        for seed, three in pictures.items()
    ]


async def _start(
    made: Field, ends: AsyncExitStack, models: Sequence[Model], files: Sequence[Path]
) -> None:
    """Gates, cases and stages; returns when all have their partitions."""
    settings, watcher = made.settings, made.watcher
    kafka, triton = _port(settings.kafka_address), _port(settings.triton_address)
    requests = TopicGate(kafka, topics.REQUESTS.name)
    frames = TopicGate(kafka, topics.FRAMES.name, topics.REQUESTS.name)
    documents = TopicGate(kafka, topics.DOCUMENTS.name, case_count.CHANGELOG)
    tagger, captioner = Gate(triton), Gate(triton)
    search = Gate(_port(settings.elasticsearch_url))
    for gate in (requests, frames, documents, tagger, captioner, search):
        await ends.enter_async_context(gate.running())
    # In front of another gate: what follows from what that one lets through.
    jobs = TopicGate(_port(requests.address), topics.VIDEOS.name)
    results = TopicGate(_port(documents.address), topics.DOCUMENTS.name)
    for gate in (jobs, results):
        await ends.enter_async_context(gate.running())

    def start(name: str, *cases: Case, **changed: str) -> None:
        if ONLY not in ("", name):
            return
        stage = Stage(name, settings.model_copy(update=changed), cases)
        ends.callback(stage.end)
        made.stages.append(stage)

    start(
        "plan",
        case_plan.Titles(watcher, requests),
        case_plan.Requests(watcher, tagger, jobs, models[0], files),
        kafka=jobs.address,
        triton=tagger.address,
        model=models[0].name,
    )
    start("fetch", case_fetch.Videos(watcher, frames, files), kafka=frames.address)
    start(
        "caption",
        case_caption.Frames(watcher, captioner, models[1]),
        triton=captioner.address,
        model=models[1].name,
    )
    start("count", case_count.Facts(watcher, documents, results), kafka=results.address)
    start(
        "index",
        case_index.Documents(watcher, search, settings),
        elasticsearch=f"http://{search.address}",
    )
    await asyncio.gather(*(stage.first.works() for stage in made.stages))


def _port(address: str) -> int:
    host, _, port = address.rpartition(":")
    assert host.endswith(HOST), f"the gates stand before this machine only, not {address}"
    return int(port)


async def _forget_documents(settings: Settings) -> None:
    async with connected(settings) as es:
        while True:
            await es.indices.refresh(index=INDICES, ignore_unavailable=True)
            ours = {"prefix": {"movie_id": "contract-"}}
            found = await es.search(
                index=INDICES, query=ours, size=5000, source=False, ignore_unavailable=True
            )
            hits = found["hits"]["hits"]
            if not hits:
                return
            deletions = [{"delete": {"_index": hit["_index"], "_id": hit["_id"]}} for hit in hits]
            await es.bulk(operations=deletions)
