"""plan: titles -> requests (parse, name), requests -> plans and videos (search, rank, choose).

The plan is decided once and kept: it is in the ledger's changelog before anything that follows from
it is sent, and on a replayed event all that the event causes is sent again.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence

from movietag import topics
from movietag.captioning.captioners import make_captioner
from movietag.crawl.errors import ThrottledError
from movietag.crawl.rate import SiteLimiter
from movietag.crawl.sources import Candidates, find_videos
from movietag.errors import MovietagError, PermanentError
from movietag.records import (
    Placed,
    Plan,
    Request,
    RequestId,
    Settled,
    TaggerId,
    Title,
    TitleRequest,
    Unknown,
    VideoAgain,
    VideoJob,
    decode_request,
    encode,
)
from movietag.rules.deciding import Decidable, answer, planned, settles
from movietag.rules.history import Done, History, Position, answered, first_place, movie_of, sealed
from movietag.rules.jobs import drops_of_forgotten, drops_of_replaced, jobs
from movietag.rules.planning import Search, SearchMore
from movietag.rules.titles import parse_title
from movietag.settings import get_settings
from movietag.streams.failures.dead_letters import replayed_from
from movietag.streams.failures.retrying import PASSING
from movietag.streams.failures.tries import GivenUp, Tries
from movietag.streams.failures.try_counts import Remembered
from movietag.streams.ledger.ledger import Ledger
from movietag.streams.runtime.topics import (
    Event,
    Stream,
    channel,
    headers,
    milliseconds,
    position_of,
)
from movietag.streams.stage import Stage

PARALLEL = 16  # titles in flight; a search takes seconds
PAGES = 32  # of one movie, more than which are put together

stage = Stage("plan")
app = stage.app
plans = Ledger(app, name="plans", partitions=get_settings().kafka_partitions)
stage.keep(plans, topics.REQUESTS)

titles = channel(app, topics.TITLES)
requests = channel(app, topics.REQUESTS)
videos = channel(app, topics.VIDEOS)
captions = channel(app, topics.CAPTIONS)

captioner = make_captioner(get_settings())
searches = SiteLimiter(get_settings().search_interval)
tries = Tries(Remembered(app, stage.name, get_settings()))
worker = uuid.uuid4().hex[:12]

OTHER_TAGGER = (
    "Further videos would be captioned by another tagger: the movie has {}, and {} is served."
    " Send the title with refresh, or serve the former tagger."
)


@app.agent(titles)
async def name_titles(stream: Stream) -> None:
    """Titles as users wrote them -> checked, named requests; those of one key in their order."""
    await stage.consume(stream, 64, name_title, one_at_a_time=stage.movie_of_key)


async def name_title(event: Event) -> None:
    """Parse and name one title; returns when its request is with the broker.

    One that is replayed is the request that it was when it failed, and takes its letter along.
    """
    title = parse_title(event.message.value)
    letter = replayed_from(headers(event))
    place = "/".join(map(str, first_place(letter))) if letter else position_of(event)
    await (
        await requests.send(
            key=title.movie_id.encode(),
            value=encode(TitleRequest(RequestId(place), title)),
            headers={topics.LETTER_HEADER: encode(letter)} if letter else {},
        )
    )


@app.agent(requests)
async def plan_requests(stream: Stream) -> None:
    """Requests -> plans, and the videos that they add."""
    of_key = stage.movie_of_key
    await stage.consume(stream, PARALLEL, plan_request, movie_of=of_key, one_at_a_time=of_key)


async def plan_request(event: Event) -> None:
    """Answer one request, once; returns when the answer and all that follows from it are with the broker."""
    request = decode_request(event.message.value)
    if isinstance(request, Unknown):  # it stays in its topic
        stage.passed_over(event, f"a request of the kind {request.what!r}")
        return
    partition = event.message.partition
    history = History(plans.facts(movie_of(request), partition))
    at = Position(
        RequestId(position_of(event)),
        event.message.offset,
        milliseconds(event),
        replayed_from(headers(event)),
    )
    known = history.recall(request, at)
    if isinstance(known, Done):
        return
    plan = known.plan if known else await judge(event, request, history, at)
    if plan is None:
        return
    for other in history.contested(plan):
        await send_plan(other, None)
    again = isinstance(request, VideoAgain)
    await send_plan(plan, headers(event).get(topics.LETTER_HEADER) if again else None)
    if plan.forgotten and get_settings().frame_store:
        await send_jobs(drops_of_forgotten(plan, history), {})


async def judge(event: Event, request: Request, history: History, at: Position) -> Plan | None:
    """Answer a request that was not answered yet, and write the answer down; None: nothing is to be sent."""
    if isinstance(request, Settled):
        await settle(request, history, at, event.message.partition)
        return None
    try:
        plan = await decide(event, request, history, at)
    except PASSING:
        raise
    except Exception as unknown:
        error = refusal(event, unknown)
        await write(event, history, answered(request, at, history, error))
        raise error from unknown
    made = Placed(at.offset, at.at_ms, plan) if plan else answered(request, at, history)
    await write(event, history, made)
    return plan


def refusal(event: Event, error: Exception) -> PermanentError:
    """Why a request is refused: its own fault, or a mistake of ours.

    Raises:
        MovietagError: neither is so, and the stage stops.
    """
    if isinstance(error, MovietagError) and not isinstance(error, PermanentError):
        raise error
    return error if isinstance(error, PermanentError) else stage.internal(event, error)


async def write(event: Event, history: History, made: Placed) -> None:
    """Write an answer into the ledger; many small pages of one movie are put together."""
    movie_id, partition = made.fact.movie_id, event.message.partition
    await plans.write(movie_id, partition, [made])
    if plans.page_count(movie_id, partition) > PAGES:
        await plans.seal(movie_id, partition, sealed(History([*history.placed, made])))


async def settle(settled: Settled, history: History, at: Position, partition: int) -> None:
    """Remember how a generation has ended, and delete the kept frames of those that it replaces."""
    if settles(settled, history):
        await plans.write(settled.movie_id, partition, [Placed(at.offset, at.at_ms, settled)])
    if get_settings().frame_store:
        await send_jobs(drops_of_replaced(settled, history), {})


async def decide(event: Event, request: Decidable, history: History, at: Position) -> Plan | None:
    """The plan that a request makes, after a search if it takes one; None when it makes none."""
    rank = f"{at.offset:020d}.{worker}"
    found = answer(history, request, at, rank)
    if found is None or isinstance(found, Plan):
        return found
    assert isinstance(request, TitleRequest)
    # Before the search, so that no site is asked again and again while the tagger is away.
    tagger, refused = await tagger_for(found)
    candidates, reason = (
        (Candidates(), refused) if refused else await search_for(event, request.title)
    )
    return planned(
        found,
        request,
        candidates.videos,
        rank=rank,
        at=at,
        tagger=tagger,
        settings=get_settings(),
        reason=reason,
    )


async def tagger_for(search: Search | SearchMore) -> tuple[TaggerId, str]:
    """The tagger that is served, and why a plan's further videos cannot be captioned; empty: they can."""
    if isinstance(search, Search):
        return await captioner.tagger(), ""
    wanted = search.plan.tagger
    served = wanted if search.plan.model else await captioner.tagger(like=wanted)
    return served, "" if served == wanted else OTHER_TAGGER.format(wanted, served)


async def search_for(event: Event, title: Title) -> tuple[Candidates, str]:
    """A title's videos; where there is none, why. A title that no search bears is given up after some tries."""
    try:
        async with tries.counted(event):
            found = await find_politely(title)
    except GivenUp as error:
        return Candidates(), f"The search failed. {error}"
    return found, why_nothing(title, found)


async def find_politely(title: Title) -> Candidates:
    """Find a title's videos, searching no more often than the settings say.

    Raises:
        As ``find_videos``; after a ThrottledError the next search waits for some minutes.
    """
    if not title.sources:
        await searches.turn(get_settings().search)
    try:
        return await find_videos(title, get_settings())
    except ThrottledError as error:
        searches.throttled(get_settings().search, error.reason)
        raise


def why_nothing(title: Title, found: Candidates) -> str:
    """Why a title has no video, in words; empty when it has."""
    if found.videos:
        return ""
    if not found.rejected:
        return f"The search found nothing for {title.title!r}."
    examples = "; ".join(
        f"{video.title!r}: {', '.join(video.reasons)}" for video in found.rejected[:3]
    )
    return (
        f"None of the {len(found.rejected)} videos that the search found is of {title.title!r}."
        f" The first were {examples}"
    )


async def send_plan(plan: Plan, letter: bytes | None) -> None:
    """Send the videos that a plan adds, then the plan as a fact; returns when the broker has all of them.

    In this order: of a paused worker that is killed meanwhile there are videos without a plan, which count for
    nothing, and never a plan that waits for its videos for ever. A video that is replayed takes its ``letter``
    along, so that it fails again as the same letter.
    """
    await send_jobs(jobs(plan), {topics.LETTER_HEADER: letter} if letter else {})
    await (await captions.send(key=plan.movie_id.encode(), value=encode(plan)))


async def send_jobs(work: Sequence[VideoJob], taken: dict[str, bytes]) -> None:
    """Send videos to the fetch stage; returns when the broker has them."""
    sent = [
        await videos.send(key=job.video.video_id.encode(), value=encode(job), headers=taken)
        for job in work
    ]
    await asyncio.gather(*sent)


if __name__ == "__main__":
    stage.main()
