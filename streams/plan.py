"""plan: titles -> requests (parse, name), requests -> plans and videos (search, rank, choose)."""

from __future__ import annotations

import time
import uuid
from dataclasses import replace
from functools import partial

from movietag import topics
from movietag.captioning.captioners import make_captioner, require_tagger
from movietag.captioning.health import TritonHealth
from movietag.catalogue.catalogues import make_catalogue
from movietag.crawl.rate import SiteLimiter
from movietag.crawl.sources import find_videos
from movietag.kafka.workers import this_worker
from movietag.records import Title
from movietag.rules.title_fields import TitleForm
from movietag.settings import get_settings
from movietag.stages import entry
from movietag.streams.ahead import Ahead
from movietag.streams.failures.tries import Tries
from movietag.streams.failures.try_counts import Remembered
from movietag.streams.handlers.files_elsewhere import FilesElsewhere
from movietag.streams.handlers.planner import Planner
from movietag.streams.handlers.title_namer import TitleNamer
from movietag.streams.handlers.title_search import TitleSearch
from movietag.streams.ledger.ledger import Ledger
from movietag.streams.looking_again import LookingAgain
from movietag.streams.other_workers import OtherWorkers, fetch_members
from movietag.streams.runtime.topics import Stream, channel
from movietag.streams.stage import Stage
from movietag.streams.watch.metrics import CATALOGUE, REMOVED

NAMED = 64  # titles in flight that are only parsed
LISTED = 256  # titles of lists that wait, of which those that need no site pass the others

stage = Stage("plan")
stage.reads_roots()
stage.needs(partial(require_tagger, get_settings()))
stage.queries("triton", TritonHealth(get_settings()).require_answer)
app = stage.app
plans = Ledger(app, name="plans", partitions=get_settings().kafka_partitions)
stage.keep(plans, topics.REQUESTS)

titles = channel(app, topics.TITLES)
bulk_titles = channel(app, topics.BULK_TITLES)
requests = channel(app, topics.REQUESTS)
videos = channel(app, topics.VIDEOS)
captions = channel(app, topics.CAPTIONS)

others = OtherWorkers(
    this_worker(get_settings()),
    channel(app, topics.LOOKUPS),
    partial(fetch_members, get_settings()),
)
stage.run_beside(partial(others.serve, get_settings()))
files = FilesElsewhere(others, get_settings().subfolders)

search = TitleSearch(
    taggers=make_captioner(get_settings()),
    find=partial(find_videos, settings=get_settings(), elsewhere=files.video),
    limiter=SiteLimiter(get_settings().search_interval),
    site=get_settings().search,
    tries=Tries(Remembered(app, stage.name, get_settings())),
    catalogue=make_catalogue(
        get_settings(), lambda result, by: stage.metrics[CATALOGUE].labels(result, by).inc()
    ),
)


async def room(title: Title) -> None:
    """Wait until a title of a list may be planned."""
    local = title.sources.files or title.sources.images
    await ahead.room(site=bool(title.sources.urls) or not local)


ahead = Ahead(get_settings(), partial(stage.share, topics.BULK_TITLES))
stage.run_beside(ahead.watch)
namer = TitleNamer(
    requests,
    TitleForm(get_settings().title_fields, get_settings().title_deletes),
    lambda how: stage.metrics[REMOVED].labels(how).inc(),
)
list_namer = replace(namer, room=room)
again = LookingAgain(
    get_settings().look_again_days, plans, bulk_titles, lambda: not ahead.waits, time.time
)
stage.run_beside(again.watch)
planner = Planner(
    settings=get_settings(),
    worker=uuid.uuid4().hex[:12],
    ledger=plans,
    search=search,
    videos=videos,
    captions=captions,
    settling=stage.settling,
)


@app.agent(titles)
async def name_titles(stream: Stream) -> None:
    """Titles from users -> checked, named requests."""
    await stage.consume(stream, namer.handling(NAMED))


@app.agent(bulk_titles)
async def name_listed_titles(stream: Stream) -> None:
    """Titles of lists -> requests, while few videos wait."""
    await stage.consume(stream, list_namer.handling(LISTED))


@app.agent(requests)
async def plan_requests(stream: Stream) -> None:
    """Requests -> plans and their videos."""
    await stage.consume(stream, planner.handling(entry("plan").in_flight(get_settings())))


if __name__ == "__main__":
    stage.main()
