"""Handler of requests in the plan stage: requests -> plans and videos.

The plan is decided once and kept: it is in the ledger's changelog before anything that follows from
it is sent, and on a replayed event all that the event causes is sent again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from movietag import topics
from movietag.crawl.sources import Candidates
from movietag.errors import MovietagError, PermanentError
from movietag.records import (
    Placed,
    Plan,
    Request,
    RequestId,
    Settled,
    TitleRequest,
    Unknown,
    VideoAgain,
    VideoJob,
    decode_request,
    encode,
)
from movietag.rules.deciding import Decidable, answer, planned, settles
from movietag.rules.history import Done, History, Position, answered, requested_movie, sealed
from movietag.rules.jobs import drops_of_forgotten, drops_of_replaced, jobs
from movietag.rules.pauses import Pause
from movietag.rules.planning import answer_settled
from movietag.settings import Settings
from movietag.streams.failures.dead_letters import replayed_from
from movietag.streams.failures.retrying import PASSING
from movietag.streams.failures.settling import Settling
from movietag.streams.handlers.ports import FactLedger
from movietag.streams.handlers.title_search import TitleSearch, with_genres
from movietag.streams.runtime.consuming import Handling, movie_of_key
from movietag.streams.runtime.topics import (
    Event,
    Sender,
    event_headers,
    milliseconds,
    offset_of,
    position_of,
)
from movietag.streams.watch.logs import told

log = logging.getLogger("movietag")

PAGES = 32  # of one movie, more than which are put together


@dataclass(frozen=True)
class Planner:
    """Answers requests.

    Attributes:
        settings: what plans carry of them, and whether frames are kept.
        worker: names this process in the rank of plans.
        ledger: keeps plans and answers.
        search: asks for the tagger and for videos.
        videos: takes work for the fetch stage.
        captions: takes plans, which are facts.
        settling: reports an error of ours, and what only a newer version knows.
        pages: of one movie in the ledger, more than which are put together.
    """

    settings: Settings
    worker: str
    ledger: FactLedger
    search: TitleSearch
    videos: Sender
    captions: Sender
    settling: Settling
    pages: int = PAGES

    def handling(self, in_flight: int) -> Handling:
        """How requests are handled: one at a time per movie."""
        return Handling(
            self.plan_request, in_flight, movie_of=movie_of_key, one_at_a_time=movie_of_key
        )

    async def plan_request(self, event: Event) -> None:
        """Answer one request once; returns when the broker has acknowledged the answer and its consequences.

        Raises:
            PermanentError: the request is refused.
        """
        request = decode_request(event.message.value)
        if isinstance(request, Unknown):  # it stays in its topic
            self.settling.passed_over(event, f"a request of the kind {request.what!r}")
            return
        history = History(self.ledger.facts(requested_movie(request), event.message.partition))
        at = Position(
            RequestId(position_of(event)),
            offset_of(event),
            milliseconds(event),
            replayed_from(event_headers(event)),
        )
        known = history.recall(request, at)
        if isinstance(known, Done):
            return
        plan = known.plan if known else await self._judge(event, request, history, at)
        if plan is None:
            return
        for other in history.contested(plan):
            await self._send_plan(other, None)
        again = isinstance(request, VideoAgain)
        await self._send_plan(
            plan, event_headers(event).get(topics.LETTER_HEADER) if again else None
        )
        if plan.forgotten:
            await self._send_jobs(drops_of_forgotten(plan, history), {})

    async def _judge(
        self, event: Event, request: Request, history: History, at: Position
    ) -> Plan | None:
        """Answer a request that was not answered yet, and write the answer down; None: nothing is to be sent."""
        if isinstance(request, Settled):
            return await self._settle(event, request, history, at)
        try:
            made = await self._decide(event, request, history, at)
        except PASSING:
            raise
        except Exception as unknown:
            error = self._refusal(event, unknown)
            await self._write(event, history, answered(request, at, history, error))
            raise error from unknown
        await self._write(event, history, made)
        return made.fact if isinstance(made.fact, Plan) else None

    def _refusal(self, event: Event, error: Exception) -> PermanentError:
        """Why a request is refused: its own fault, or a mistake of ours.

        Raises:
            MovietagError: neither is so, and the stage stops.
        """
        if isinstance(error, MovietagError) and not isinstance(error, PermanentError):
            raise error
        return error if isinstance(error, PermanentError) else self.settling.internal(event, error)

    async def _write(self, event: Event, history: History, made: Placed) -> None:
        """Write an answer into the ledger; many small pages of one movie are put together."""
        movie_id, partition = made.fact.movie_id, event.message.partition
        await self.ledger.write(movie_id, partition, [made])
        if self.ledger.page_count(movie_id, partition) > self.pages:
            whole = History([*history.placed, made])
            await self.ledger.seal(movie_id, partition, sealed(whole))

    async def _settle(
        self, event: Event, settled: Settled, history: History, at: Position
    ) -> Plan | None:
        """Remember how a generation has ended, and delete the kept frames of those that it replaces.

        Returns what the generation that stands then still lacks; None if it lacks nothing.
        """
        placed = Placed(at.offset, at.at_ms, settled)
        if settles(settled, history):
            await self.ledger.write(settled.movie_id, event.message.partition, [placed])
        if self.settings.frame_store:
            await self._send_jobs(drops_of_replaced(settled, history), {})
        history = History([*history.placed, placed])
        made = answer_settled(history, rank=self._rank(at))
        if made is None:
            return None
        await self._write(event, history, Placed(at.offset, at.at_ms, made.plan))
        return made.plan

    def _rank(self, at: Position) -> str:
        """The rank of a plan that this worker makes."""
        return f"{at.offset:020d}.{self.worker}"

    async def _decide(
        self, event: Event, request: Decidable, history: History, at: Position
    ) -> Placed:
        """The plan that a request makes, after a search if it takes one, or the record that it makes none."""
        rank = self._rank(at)
        found = answer(history, request, at, rank, self.settings.retry_seconds)
        if isinstance(found, Plan):
            return Placed(at.offset, at.at_ms, found)
        if found is None or isinstance(found, Pause):
            if found:
                until = datetime.fromtimestamp(found.until_ms / 1000, UTC)
                log.info(
                    "plan: %s was tried %d times in vain; sent again without refresh it changes nothing until %s",
                    requested_movie(request),
                    found.tries,
                    f"{until:%Y-%m-%d %H:%M:%S} UTC",
                )
            return answered(request, at, history)
        assert isinstance(request, TitleRequest)
        # Before the search, so that no site is asked again and again while the tagger is unreachable.
        tagger, refused = await self.search.tagger_for(found)
        candidates, reason = Candidates(), refused
        if not refused:
            known = await self.search.film_of(request.title)
            request = with_genres(request, known.film)
            candidates, reason = await self.search.videos_for(
                event, request.title, known, (topics.is_of_list(request.request_id),)
            )
        plan = planned(
            found,
            request,
            candidates.videos,
            rank=rank,
            at=at,
            tagger=tagger,
            settings=self.settings,
            reason=reason,
        )
        if plan:
            return Placed(at.offset, at.at_ms, plan)
        return answered(request, at, history, searched=True)

    async def _send_plan(self, plan: Plan, letter: bytes | None) -> None:
        """Send the videos that a plan adds, then the plan as a fact; returns when the broker has all of them.

        In this order: of a paused worker that is killed meanwhile there are videos without a plan, which count for
        nothing, and never a plan that waits for its videos for ever. A video that is replayed takes its ``letter``
        along, so that it fails again as the same letter.
        """
        await self._send_jobs(jobs(plan), {topics.LETTER_HEADER: letter} if letter else {})
        await (await self.captions.send(key=plan.movie_id.encode(), value=encode(plan)))
        _tell(plan)

    async def _send_jobs(self, work: Sequence[VideoJob], taken: dict[str, bytes]) -> None:
        """Send videos to the fetch stage; returns when the broker has them."""
        sent = [
            await self.videos.send(
                key=job.video.video_id.encode(), value=encode(job), headers=taken
            )
            for job in work
        ]
        await asyncio.gather(*sent)


def _tell(plan: Plan) -> None:
    """Log what a plan does."""
    about = {"movie": plan.movie_id, "generation": plan.generation, "revision": plan.revision}
    if plan.forgotten:
        told(log, logging.INFO, "plan: forgotten", **about)
    elif plan.adds:
        told(
            log, logging.INFO, f"plan: {len(plan.adds)} videos", **about, video=",".join(plan.adds)
        )
    else:
        told(log, logging.WARNING, f"plan: no video to add: {plan.reason}", **about)
