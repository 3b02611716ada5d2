"""What the plan stage knows of a movie when a request arrives: plans, outcomes, and requests already answered.

A request is judged once. Its answer depends on the request and on what precedes it in its partition, never on
what follows: a request that is delivered again is recognized by its offset or its id, whatever its answer was
and whatever has happened since.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

import msgspec

from movietag import topics
from movietag.errors import PermanentError
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
from movietag.records.bounds import MOST_GENERATION
from movietag.rules.generations import alive, current_plans, last_revisions

MOST_ANSWERED: Final = 256  # ids of requests that sealed pages of a movie retain


class Done(Enum):
    """Nothing is left to do for a request: all that follows from it has been sent."""

    DONE = "done"


@dataclass(frozen=True, slots=True)
class Send:
    """Send this plan and the videos that it adds; they may have been sent before."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class Position:
    """The position of a request: its ``topic/partition/offset``, and the broker's time.

    ``letter`` is the dead letter that it was replayed from.
    """

    place: RequestId
    offset: int
    at_ms: int
    letter: Letter | None = None

    @property
    def asked(self) -> int | None:
        """The offset of a replayed request when it first failed; None for all others."""
        topic, _, offset = first_place(self.letter) if self.letter else ("", 0, 0)
        return offset if topic == topics.REQUESTS.name else None


class History:
    """The plan stage's ledger of one movie.

    ``plans`` has one plan a revision, ``every_plan`` also those that another worker's plan has displaced.
    """

    def __init__(self, placed: Iterable[Placed] = ()) -> None:
        self.placed = list(placed)
        self.every_plan = [item.fact for item in self.placed if isinstance(item.fact, Plan)]
        self.plans = current_plans(self.every_plan)
        self.latest = self.plans[-1] if self.plans else None
        self.last_revisions = last_revisions(self.plans)

    @property
    def newest(self) -> int:
        """The offset of the newest request that was answered; -1 if none was."""
        return max((item.offset for item in self.placed), default=-1)

    @property
    def current(self) -> Plan | None:
        """The last revision of the newest generation that has images, or may still get some; else the latest plan."""
        for plan in reversed(self.last_revisions.values()):
            if alive(plan) and not plan.forgotten and not self.without_images(plan):
                return plan
        return self.latest

    @property
    def has_images(self) -> bool:
        """Whether a generation since the movie was last forgotten has ended with images."""
        return any(
            isinstance(item.fact, Settled)
            and item.fact.images > 0
            and item.fact.generation in self.last_revisions
            for item in self.placed
        )

    @property
    def withdrawn_ms(self) -> int:
        """When the movie was last forgotten or cancelled: titles of lists that were sent before are withdrawn."""
        facts = (item.fact for item in self.placed)
        return max(
            (one.withdrawn_ms for one in facts if isinstance(one, Plan | Answered)), default=0
        )

    def without_images(self, plan: Plan) -> bool:
        """Whether the generation of a plan has ended without an image."""
        images = [
            item.fact.images
            for item in self.placed
            if isinstance(item.fact, Settled) and item.fact.generation == plan.generation
        ]
        return bool(images) and not any(images)

    def asked_for(self, video_id: VideoId, plan: Plan) -> int:
        """The newest revision of the plan's generation that requests a video; 0 if none is known."""
        adding = (
            one.revision
            for one in self.plans
            if one.generation == plan.generation and video_id in one.adds
        )
        return max(adding, default=0)

    def next_generation(self, *, last: bool = False) -> int:
        """The number of a new generation; the very last one is reserved for forgetting the movie (``last``).

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
        """What is known of a request; None if it was not answered yet, and is to be judged.

        A request older than the newest answer has been answered, and all that follows from it has been sent:
        of one movie, one request is processed at a time, in the order of the partition.

        Raises:
            PermanentError: the refusal that this offset got before, or ``overtaken``: it is replayed from a
                letter, and the movie was forgotten or planned again since.
        """
        if at.offset < self.newest:
            return Done.DONE
        if own := [item for item in self.placed if item.offset == at.offset]:
            return self._again(min(own, key=_precedence))
        if isinstance(request, TitleRequest):
            if (made := self._made_for(request.request_id)) is not None:
                return Send(made) if self._offset_of(made) == self.newest else Done.DONE
            if at.letter is None and self._answered(request.request_id):
                return Done.DONE
            if at.letter is not None:
                self._refuse_overtaken(request, at)
        return None

    @staticmethod
    def _again(item: Placed) -> Send | Done | None:
        """The answer to the request at whose offset this fact was written."""
        fact = item.fact
        if isinstance(fact, Plan):
            return Send(fact)
        if isinstance(fact, Answered) and fact.refused:
            raise PermanentError(fact.refused.error, fact.refused.reason)
        return None if isinstance(fact, Settled) else Done.DONE

    def contested(self, plan: Plan) -> list[Plan]:
        """The earlier plans of this plan's generation whose requests another worker has answered differently.

        Such a plan may be of a paused worker that was killed before it sent the plan.
        """
        written = Counter(item.offset for item in self.placed if not isinstance(item.fact, Settled))
        return [
            other
            for other in self.plans
            if other.generation == plan.generation
            and other.revision < plan.revision
            and written[self._offset_of(other)] > 1
        ]

    def _made_for(self, request_id: RequestId) -> Plan | None:
        """The plan that a title has made: the first with that cause, since later revisions inherit it."""
        return next((plan for plan in self.plans if plan.cause == request_id), None)

    def _offset_of(self, plan: Plan) -> int:
        return min(item.offset for item in self.placed if item.fact == plan)

    def _answered(self, request_id: RequestId) -> bool:
        facts = (item.fact for item in self.placed)
        return any(isinstance(fact, Answered) and request_id in fact.requests for fact in facts)

    def _refuse_overtaken(self, request: TitleRequest, at: Position) -> None:
        """Refuse a replayed request if a later one contradicts it: it counts as of the time when it failed."""
        forgets = request.title.forget or request.title.cancel
        offsets = [self._asked(plan) for plan in self._titles() if plan.forgotten != forgets]
        answers = [item.fact for item in self.placed if isinstance(item.fact, Answered)]
        others = [answer.added if forgets else answer.forgot for answer in answers]
        failed = self._until(at)
        if any(offset is not None and offset > failed for offset in (*offsets, *others)):
            what = "requested again" if forgets else "forgotten"
            raise PermanentError(
                "overtaken",
                f"Movie {request.title.movie_id} was {what} after this request had failed. Repeat the request"
                f" if it is still wanted (`movietag {'forget' if forgets else 'add'}`), or purge the letter.",
            )

    def _until(self, at: Position) -> int:
        """The offset below which requests preceded the first failure of a replayed one."""
        if at.asked is not None or at.letter is None:
            return at.offset if at.asked is None else at.asked
        # It failed before it had an offset among the requests: compare times instead.
        failed_ms = at.letter.history[0].at_ms if at.letter.history else 0
        return max((item.offset for item in self.placed if item.at_ms <= failed_ms), default=-1)

    def _titles(self) -> list[Plan]:
        """The plans that titles have made: the first of each cause that is a title."""
        first: dict[RequestId, Plan] = {}
        for plan in self.plans:
            first.setdefault(plan.cause, plan)
        return [plan for cause, plan in first.items() if topics.is_of_title(cause)]

    def _asked(self, plan: Plan) -> int:
        return self._offset_of(plan) if plan.asked is None else plan.asked


def first_place(letter: Letter) -> tuple[str, int, int]:
    """Topic, partition and offset of the first failure of a letter, as its id names them."""
    try:
        topic, partition, offset, _ = letter.letter_id.split("/")
        return topic, int(partition), int(offset)
    except ValueError:
        return letter.topic, letter.partition, letter.offset


def _precedence(item: Placed) -> tuple[bool, str]:
    """The sort key of what stands at one offset: what two workers have written, or an outcome and the plan after it."""
    fact = item.fact
    return isinstance(fact, Settled), fact.rank if isinstance(fact, Plan) else ""


def answered(
    request: Request,
    at: Position,
    history: History,
    refused: PermanentError | None = None,
    *,
    searched: bool = False,
) -> Placed:
    """The record that says: a request was answered, and made no plan; ``searched``: after a search."""
    number = request.request_id if isinstance(request, TitleRequest) else at.place
    why = Failure(at.at_ms, refused.kind, refused.reason) if refused else None
    generation = history.latest.generation if history.latest else 0
    asked = at.offset if at.asked is None else at.asked
    added = forgot = None
    withdrawn_ms = 0
    if isinstance(request, TitleRequest) and refused is None:
        title = request.title
        forgets = title.forget or (title.cancel and not history.has_images)
        forgot = asked if forgets else None
        added = None if forgets or title.cancel else asked
        withdrawn_ms = request.asked_ms if title.forget or title.cancel else 0
    fact = Answered(
        requested_movie(request),
        generation,
        (number,),
        why,
        added,
        forgot,
        searches=int(searched),
        searched_ms=at.at_ms if searched else None,
        withdrawn_ms=withdrawn_ms,
    )
    return Placed(at.offset, at.at_ms, fact)


def sealed(history: History) -> list[Placed]:
    """All that a movie's ledger must hold, with the answers in one record.

    Of the answers, the newest ``MOST_ANSWERED`` are retained.
    """
    answers: list[tuple[Placed, Answered]] = []
    others: list[Placed] = []
    for item in sorted(history.placed, key=lambda item: item.offset):
        if isinstance(item.fact, Answered):
            answers.append((item, item.fact))
        else:
            others.append(item)
    if not answers:
        return others
    place, last = answers[-1]
    ids = dict.fromkeys(one for _, fact in reversed(answers) for one in reversed(fact.requests))
    newest = tuple(ids)[MOST_ANSWERED - 1 :: -1]
    searched = [fact for _, fact in answers if fact.generation == last.generation]
    merged = msgspec.structs.replace(
        last,
        requests=newest,
        added=_last(fact.added for _, fact in answers),
        forgot=_last(fact.forgot for _, fact in answers),
        searches=sum(fact.searches for fact in searched),
        searched_ms=_last(fact.searched_ms for fact in searched),
        withdrawn_ms=max(fact.withdrawn_ms for _, fact in answers),
    )
    return [*others, msgspec.structs.replace(place, fact=merged)]


def _last(offsets: Iterable[int | None]) -> int | None:
    return max((offset for offset in offsets if offset is not None), default=None)


def requested_movie(request: Request) -> MovieId:
    """The movie that a request is about."""
    return request.title.movie_id if isinstance(request, TitleRequest) else request.movie_id
