"""The stages in memory: the real handlers, on topics and servers that are lists and sets.

An event is worked on until it is done, or until the process dies between any two effects.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import msgspec
from support.lookup_fleet import LookupFleet
from support.stage_fakes import SiteStreaks, event

from model.fakes import (
    Ledger,
    Letters,
    NoBacklog,
    NoTries,
    Topic,
    at_once,
    unmeasured,
)
from model.outside import SLOTS, Message
from model.servers import Keeper, Noted, Outside
from model.world import World
from movietag import topics
from movietag.captioning.quality import QualityMarker
from movietag.crawl.rate import SiteLimiter
from movietag.crawl.turns import Turns
from movietag.errors import PermanentError
from movietag.records import (
    Placed,
    Plan,
    TitleRequest,
    VideoJob,
    decode,
    decode_fact,
    decode_request,
    encode,
)
from movietag.rules.title_fields import TitleForm
from movietag.settings import Settings
from movietag.streams.failures.retrying import Persistence
from movietag.streams.failures.settling import Settling
from movietag.streams.failures.site_evidence import SiteEvidence
from movietag.streams.failures.site_health import SiteHealth
from movietag.streams.failures.site_reach import SiteReach
from movietag.streams.failures.tries import Tries
from movietag.streams.handlers.files_elsewhere import FilesElsewhere, PassingOn
from movietag.streams.handlers.frame_captioner import FrameCaptioner
from movietag.streams.handlers.frame_sender import FrameSender
from movietag.streams.handlers.planner import Planner
from movietag.streams.handlers.title_namer import TitleNamer
from movietag.streams.handlers.title_search import TitleSearch
from movietag.streams.handlers.video_fetcher import VideoFetcher
from movietag.streams.runtime.consuming import Handling
from movietag.streams.watch.metrics import Metrics
from movietag.streams.withdrawn import WithdrawnVideos
from movietag.vocabulary import load

PAGES = 4  # of the plan's ledger, more than which are put together
SETTINGS = Settings(videos=2, slots=SLOTS, retry_seconds=0, frame_store="/kept")

MARKER = QualityMarker(load("mpst"))

_metrics = cache(Metrics)
_job = partial(decode, VideoJob)


@dataclass(frozen=True)
class BreakablePlanner(Planner):
    """A plan stage that has a mistake of ours while its world is broken."""

    world: World | None = None

    async def _decide(self, message: Any, request: Any, *given: Any) -> Plan | None:
        if self.world and self.world.broken and isinstance(request, TitleRequest):
            raise PermanentError("internal", "A mistake of ours.")
        return await super()._decide(message, request, *given)


def settling_of(world: World, stage: str) -> Settling:
    """What becomes of the events of a stage."""
    return Settling(stage, Persistence(stage, sleep=at_once), Letters(world), _metrics())


def work(world: World, topic: str, offset: int, how: Handling, cut: int | None) -> None:
    """Have an event of a topic handled, and settled as all stages do."""
    message: Message = getattr(world, topic)[offset]
    headers = {topics.LETTER_HEADER: encode(message.letter)} if message.letter else {}
    value = message.value
    if topic == "frames":
        headers[topics.FRAME_HEADER] = value
        value = f"{message.record.video_id}/{message.record.slot}".encode()
    at = event(f"movietag.{topic}", value, offset=offset, headers=headers, at_ms=message.at_ms)
    settling = settling_of(world, {"frames": "caption"}.get(topic, "plan"))
    world.run(settling.settle(at, how.handle, how.on_letter, how.movie_of), cut)


def name_title(world: World, offset: int, cut: int | None = None) -> None:
    """titles -> requests."""
    namer = TitleNamer(Topic(world, world.requests, decode_request), TitleForm(), lambda _: None)
    work(world, "titles", offset, namer.handling(1), cut)


def plan_request(
    world: World,
    offset: int,
    cut: int | None = None,
    *,
    worker: str = "a",
    known: list[Placed] | None = None,
) -> None:
    """requests -> plan, videos; ``known``: what a worker takes for the ledger that has not seen the rest."""
    outside = Outside(world)
    search = TitleSearch(outside, outside.find, SiteLimiter(0), "site", Tries(NoTries(), most=1))
    planner = BreakablePlanner(
        SETTINGS,
        worker,
        Ledger(world, world.plans, known),
        search,
        Topic(world, world.videos, _job),
        Topic(world, world.captions, decode_fact),
        settling_of(world, "plan"),
        PAGES,
        world,
    )
    work(world, "requests", offset, planner.handling(1), cut)


def fetch_video(world: World, offset: int, cut: int | None = None) -> None:
    """videos -> frames and manifest, or the video's failure; kept frames."""
    download = Outside(world).download
    frames = Topic(world, world.frames, lambda value: value)
    limiter = SiteLimiter(0)
    fetcher = VideoFetcher(
        FrameSender(frames, NoBacklog(), Keeper(world), download, unmeasured),  # type: ignore[arg-type]
        Topic(world, world.captions, decode_fact),
        Topic(world, world.requests, decode_request),
        Noted(world),
        Tries(NoTries(), most=1),
        limiter,
        SiteHealth(limiter, SiteEvidence(limiter, SiteStreaks(), Outside(world).again)),
        SiteReach(),
        Turns(1),
        lambda: 1.0,
        settling_of(world, "fetch"),
        PassingOn(
            FilesElsewhere(LookupFleet({"here": {}}).of("here")), Topic(world, world.videos, _job)
        ),
        WithdrawnVideos(16),
    )
    work(world, "videos", offset, fetcher.handling(1), cut)


def caption_frame(world: World, offset: int, cut: int | None = None) -> None:
    """frames -> captions, or the slot's failure and a letter."""
    captioner = FrameCaptioner(
        captioner_of=lambda name: Outside(world),
        captions=Topic(world, world.captions, decode_fact),
        vocabulary_id="",
        marker=MARKER,
        count=lambda quality: None,
        tries=Tries(NoTries(), most=1),
        seconds=1.0,
        step=unmeasured,
        sleep=at_once,
    )
    work(world, "frames", offset, captioner.handling(1), cut)


def write_document(world: World, offset: int, cut: int | None = None) -> None:
    """documents -> Elasticsearch."""
    if cut != 0:
        world.es.write(world.documents[offset].record)


def replay(world: World, letter_id: str) -> None:
    """As `movietag dead replay`."""
    letter, message = world.letters.pop(letter_id)
    small = msgspec.structs.replace(letter, key=None, headers=())
    source = {
        topics.TITLES.name: world.titles,
        topics.REQUESTS.name: world.requests,
        topics.FRAMES.name: world.frames,
    }[letter.topic]
    world.put(source, message.record, small)
