"""plan: titles -> requests (parse, name), requests -> plans and videos (search, rank, choose).

The plan is decided once and kept: it is in the ledger's changelog before anything that follows from
it is sent, and on a replayed event all that the event causes is sent again.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence

from movietag import topics
from movietag.captioning.client import TritonCaptioner
from movietag.crawl.errors import ThrottledError
from movietag.crawl.rate import SiteLimiter
from movietag.crawl.sources import Candidates, find_videos
from movietag.planning import (
    Forget,
    Search,
    Send,
    answer_again,
    answer_failure,
    answer_title,
    changes_nothing,
    drops,
    empty_plan,
    first_plan,
    jobs,
)
from movietag.recaptioning import answer_recaption, recaption_plan
from movietag.records import (
    Plan,
    Recaption,
    Request,
    RequestId,
    Title,
    TitleRequest,
    VideoAgain,
    VideoFailed,
    VideoJob,
    decode_request,
    encode,
)
from movietag.settings import settings
from movietag.tally import Placed
from movietag.titles import parse_title
from streams.ledger import Ledger
from streams.remembering import Remembered
from streams.stage import Stage
from streams.topics import Event, Stream, channel, headers, milliseconds, place_of
from streams.tries import GivenUp, Tries

PARALLEL = 16  # titles in flight; a search takes seconds

stage = Stage("plan")
app = stage.app
plans = Ledger(app, name="plans", partitions=settings().kafka_partitions)
stage.keep(plans, topics.REQUESTS)

titles = channel(app, topics.TITLES)
requests = channel(app, topics.REQUESTS)
videos = channel(app, topics.VIDEOS)
captions = channel(app, topics.CAPTIONS)

captioner = TritonCaptioner.from_settings(settings())
searches = SiteLimiter(settings().search_interval)
tries = Tries(Remembered(app, stage.name, settings()))
worker = uuid.uuid4().hex[:12]


@app.agent(titles)
async def name_titles(stream: Stream) -> None:
    """Titles as users wrote them -> checked, named requests."""
    await stage.consume(stream, 64, name_title)


async def name_title(event: Event) -> None:
    """Parse and name one title; returns when its request is with the broker."""
    title = parse_title(event.message.value)
    request = TitleRequest(RequestId(place_of(event)), title)
    await (await requests.send(key=title.movie_id.encode(), value=encode(request)))


@app.agent(requests)
async def plan_requests(stream: Stream) -> None:
    """Requests -> plans, and the videos that they add."""
    of_key = stage.movie_of_key
    await stage.consume(stream, PARALLEL, plan_request, movie_of=of_key, one_at_a_time=of_key)


async def plan_request(event: Event) -> None:
    """Answer one request; returns when the plan and all that follows from it are with the broker."""
    request = decode_request(event.message.value)
    movie_id = request.title.movie_id if isinstance(request, TitleRequest) else request.movie_id
    kept = plans.facts(movie_id, event.message.partition)
    known = [item.fact for item in kept if isinstance(item.fact, Plan)]
    plan = await decide(event, request, known)
    if plan is None:
        return
    if all(plan.rank != other.rank for other in known):
        placed = Placed(event.message.offset, milliseconds(event), plan)
        await plans.write(movie_id, event.message.partition, [placed])
    again = isinstance(request, VideoAgain)
    await send_plan(plan, headers(event).get(topics.LETTER_HEADER) if again else None)
    if settings().frame_store:
        await send_jobs(drops(plan, known), {})


async def decide(event: Event, request: Request, known: list[Plan]) -> Plan | None:
    """The plan to send for a request: one made before, or a new one; None when nothing follows."""
    rank = f"{event.message.offset:020d}.{worker}"
    if isinstance(request, Recaption):
        return other_tagger(event, request, known, rank)
    if not isinstance(request, TitleRequest):
        sent = (
            answer_failure(known, request, rank=rank)
            if isinstance(request, VideoFailed)
            else answer_again(known, request, rank=rank)
        )
        return sent.plan if sent else None
    match answer_title(known, request):
        case Send(plan):
            return plan
        case Search() as search:
            return await new_plan(event, request, search, rank)
        case Forget(standing):
            return empty_plan(request, standing, rank=rank, made_ms=milliseconds(event))
        case None:
            return None


async def new_plan(event: Event, request: TitleRequest, search: Search, rank: str) -> Plan | None:
    """Revision 0 of a generation; None when it would only repeat the standing plan."""
    # Before the search, so that no site is asked again and again while Triton is away.
    tagger = await captioner.tagger()
    try:
        async with tries.counted(event):
            found = await find_politely(request.title)
        reason = why_nothing(request.title, found)
    except GivenUp as error:  # a title that no search bears holds the others up no longer
        found, reason = Candidates(), f"The search failed. {error}"
    plan = first_plan(
        request,
        search.generation,
        found.videos,
        rank=rank,
        made_ms=milliseconds(event),
        tagger=tagger,
        settings=settings(),
        reason=reason,
    )
    return None if changes_nothing(plan, search.standing) else plan


def other_tagger(event: Event, request: Recaption, known: list[Plan], rank: str) -> Plan | None:
    """The generation of another tagger; None when it is the standing one, or nothing stands."""
    cause = RequestId(place_of(event))
    answer = answer_recaption(known, request, cause)
    if isinstance(answer, Send):
        return answer.plan
    if answer is None or answer.tagger == request.tagger:
        return None
    return recaption_plan(request, answer, cause, rank=rank, made_ms=milliseconds(event))


async def find_politely(title: Title) -> Candidates:
    """Find a title's videos, searching no more often than the settings say.

    Raises:
        As ``find_videos``; after a ThrottledError the next search waits for some minutes.
    """
    if not title.sources:
        await searches.turn(settings().search)
    try:
        return await find_videos(title, settings())
    except ThrottledError as error:
        searches.throttled(settings().search, error.reason)
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
    """Send a plan as a fact, then the videos it adds; returns when the broker has all of them.

    A video that is replayed takes its ``letter`` along, so that it fails again as the same letter.
    """
    key = plan.movie_id.encode()
    await (await captions.send(key=key, value=encode(plan)))
    await send_jobs(jobs(plan), {topics.LETTER_HEADER: letter} if letter else {})


async def send_jobs(work: Sequence[VideoJob], taken: dict[str, bytes]) -> None:
    """Send videos to the fetch stage; returns when the broker has them."""
    sent = [
        await videos.send(key=job.video.video_id.encode(), value=encode(job), headers=taken)
        for job in work
    ]
    await asyncio.gather(*sent)


if __name__ == "__main__":
    stage.main()
