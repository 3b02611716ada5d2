"""What the plan stage knows of a movie when a request comes: plans, outcomes, and who was answered.

A request is judged once. Its answer depends on the request and on what stood before it in its partition, never
on what came later: a request that is delivered again is recognised, by its place or by its id, whatever the
answer was and whatever has happened since.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from movietag import topics
from movietag.bounds import MOST_GENERATION
from movietag.errors import PermanentError
from movietag.generations import alive, last_revisions, standing_plans
from movietag.records import (
    Answered,
    Failure,
    Letter,
    MovieId,
    Placed,
    Plan,
    Request,
    RequestId,
    Settled,
    TitleRequest,
    VideoId,
)

MOST_ANSWERED: Final = 256  # ids of requests remembered when the pages of a movie are sealed


class Done(Enum):
    """Nothing is to be done for a request: all that follows from it has been sent."""

    DONE = "done"


@dataclass(frozen=True, slots=True)
class Send:
    """Send this plan and the videos that it adds (again, when they were sent before)."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class Position:
    """Where a request lies, as ``topic/partition/offset``, and when it came by the broker's time.

    ``letter`` is the dead letter that it was replayed from.
    """

    place: RequestId
    offset: int
    at_ms: int
    letter: Letter | None = None


class History:
    """The plan stage's ledger of one movie."""

    def __init__(self, placed: Iterable[Placed] = ()) -> None:
        self.placed = list(placed)
        self.plans = standing_plans(self._plans())
        self.latest = self.plans[-1] if self.plans else None
        self.last_revisions = last_revisions(self.plans)

    def _plans(self) -> list[Plan]:
        return [item.fact for item in self.placed if isinstance(item.fact, Plan)]

    @property
    def newest(self) -> int:
        """The offset of the newest request that was answered; -1: none was."""
        return max((item.offset for item in self.placed), default=-1)

    @property
    def current(self) -> Plan | None:
        """The last revision of the newest generation that has images, or may still have; else the latest plan."""
        for plan in reversed(self.last_revisions.values()):
            if alive(plan) and not plan.forgotten and not self.without_images(plan):
                return plan
        return self.latest

    def without_images(self, plan: Plan) -> bool:
        """Whether the generation of a plan has ended without an image."""
        images = [
            item.fact.images
            for item in self.placed
            if isinstance(item.fact, Settled) and item.fact.generation == plan.generation
        ]
        return bool(images) and not any(images)

    def asked_for(self, video_id: VideoId, plan: Plan) -> int:
        """The newest revision of the plan's generation that asks for a video; 0: none is known."""
        adding = (
            one.revision
            for one in self.plans
            if one.generation == plan.generation and video_id in one.adds
        )
        return max(adding, default=0)

    def next_generation(self, *, last: bool = False) -> int:
        """The number of a new generation; the very last one is for forgetting the movie (``last``).

        Raises:
            PermanentError: ``too-many-generations``.
        """
        number = (self.latest.generation if self.latest else 0) + 1
        if number > MOST_GENERATION - (not last):
            raise PermanentError(
                "too-many-generations",
                f"The movie has been planned {number - 1:,} times, and no document's version can express"
                " more. Forget it, and send the title with a movie_id of its own.",
            )
        return number

    def recall(self, request: Request, at: Position) -> Send | Done | None:
        """What is known of a request; None: it was not answered yet, and is to be judged.

        A request older than the newest answer has had its own, and all that follows from it has been sent:
        of one movie, one request is in work at a time, in the order of the partition.

        Raises:
            PermanentError: as it was refused before at this place, or ``overtaken``: it is replayed from a
                letter, and the movie was forgotten or planned anew since.
        """
        if at.offset < self.newest:
            return Done.DONE
        if own := [item for item in self.placed if item.offset == at.offset]:
            return self._again(min(own, key=_rank))
        if isinstance(request, TitleRequest):
            if (made := self._made_for(request.request_id)) is not None:
                return Send(made) if self._offset_of(made) == self.newest else Done.DONE
            if at.letter is None and self._answered(request.request_id):
                return Done.DONE
            if at.letter is not None:
                self._refuse_overtaken(at.letter)
        return None

    @staticmethod
    def _again(item: Placed) -> Send | Done | None:
        """The answer to the request at whose offset this was written."""
        fact = item.fact
        if isinstance(fact, Plan):
            return Send(fact)
        if isinstance(fact, Answered) and fact.refused:
            raise PermanentError(fact.refused.error, fact.refused.reason)
        return None if isinstance(fact, Settled) else Done.DONE

    def _made_for(self, request_id: RequestId) -> Plan | None:
        """The plan that a title has made: the first of its cause, since later revisions inherit it."""
        return next((plan for plan in self.plans if plan.cause == request_id), None)

    def _offset_of(self, plan: Plan) -> int:
        return min(item.offset for item in self.placed if item.fact == plan)

    def _answered(self, request_id: RequestId) -> bool:
        facts = (item.fact for item in self.placed)
        return any(isinstance(fact, Answered) and request_id in fact.requests for fact in facts)

    def _refuse_overtaken(self, letter: Letter) -> None:
        """A letter's request belongs where it failed: what came after it then, comes after it now."""
        failed_ms = letter.history[0].at_ms if letter.history else 0
        for item in self.placed:
            plan = item.fact
            if not isinstance(plan, Plan) or plan.revision:
                continue
            later = (
                item.offset > letter.offset
                if letter.topic == topics.REQUESTS.name
                else plan.forgotten and plan.made_ms > failed_ms
            )
            if later:
                what = "forgotten" if plan.forgotten else "planned anew"
                raise PermanentError(
                    "overtaken",
                    f"Movie {plan.movie_id} was {what} after this request had failed. Send the title again"
                    " if it is still wanted (`movietag add`), or purge the letter.",
                )


def _rank(item: Placed) -> str:
    """Orders what two workers have written for one request."""
    return item.fact.rank if isinstance(item.fact, Plan) else ""


def answered(
    request: Request, at: Position, history: History, refused: PermanentError | None = None
) -> Placed:
    """The record that a request was answered although no plan was made for it."""
    number = request.request_id if isinstance(request, TitleRequest) else at.place
    why = Failure(at.at_ms, refused.kind, refused.reason) if refused else None
    generation = history.latest.generation if history.latest else 0
    return Placed(at.offset, at.at_ms, Answered(movie_of(request), generation, (number,), why))


def sealed(history: History) -> list[Placed]:
    """All that a movie's ledger must hold, with the answers on one record.

    Of the answers the newest ``MOST_ANSWERED`` are remembered.
    """
    answers = [item for item in history.placed if isinstance(item.fact, Answered)]
    others = [item for item in history.placed if not isinstance(item.fact, Answered)]
    if not answers:
        return others
    answers.sort(key=lambda item: item.offset)
    last = answers[-1]
    assert isinstance(last.fact, Answered)
    ids = [one for item in answers if isinstance(item.fact, Answered) for one in item.fact.requests]
    newest = tuple(dict.fromkeys(reversed(ids)))[:MOST_ANSWERED]
    merged = Answered(last.fact.movie_id, last.fact.generation, newest[::-1], last.fact.refused)
    return [*others, Placed(last.offset, last.at_ms, merged)]


def movie_of(request: Request) -> MovieId:
    """The movie that a request is about."""
    return request.title.movie_id if isinstance(request, TitleRequest) else request.movie_id
