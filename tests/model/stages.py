"""The stages in memory: the pure functions of movietag, in the order of effects that the real ones keep.

An event is worked on as a generator of effects, so that it can be cut off between any two of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec

from model.outside import SLOTS, TAGGERS, Elasticsearch, Message, Site, Store
from movietag import topics
from movietag.errors import PermanentError
from movietag.records import (
    Caption,
    Fact,
    Failure,
    FrameInfo,
    Letter,
    LetterId,
    Manifest,
    Placed,
    Plan,
    RequestId,
    Settled,
    SlotFailure,
    SlotTime,
    TitleRequest,
    VideoAgain,
    VideoFailed,
    VideoFailure,
    VideoJob,
)
from movietag.rules.deciding import answer, planned, settles
from movietag.rules.facts import Facts
from movietag.rules.history import Done, History, Position, answered, first_place, movie_of, sealed
from movietag.rules.jobs import drops_of_forgotten, drops_of_replaced, jobs
from movietag.rules.planning import SearchMore
from movietag.rules.publishing import Publisher
from movietag.rules.tally import Matcher, Tally, tally
from movietag.rules.titles import parse_title
from movietag.settings import Settings
from movietag.vocabulary import Vocabulary

Effect = Callable[[], None]
Effects = Iterator[Effect]

PAGES = 4  # of the plan's ledger, more than which are put together
SETTINGS = Settings(videos=2, slots=SLOTS)


@dataclass
class World:
    """Everything there is: one movie's partition of each topic, ledgers, and what lies outside."""

    site: Site = field(default_factory=Site)
    store: Store = field(default_factory=Store)
    es: Elasticsearch = field(default_factory=Elasticsearch)
    titles: list[Message] = field(default_factory=list)
    requests: list[Message] = field(default_factory=list)
    videos: list[Message] = field(default_factory=list)
    frames: list[Message] = field(default_factory=list)
    captions: list[Message] = field(default_factory=list)
    documents: list[Message] = field(default_factory=list)
    letters: dict[str, tuple[Letter, Message]] = field(default_factory=dict)
    plans: list[Placed] = field(default_factory=list)  # the plan's ledger
    noted: dict[tuple[int, str], Manifest] = field(default_factory=dict)  # the topic of tries
    dropped: int = 0  # there, too: below which generation nothing is wanted any more
    refused: set[tuple[str, int]] = field(default_factory=set)  # frames the tagger fails on
    broken: bool = False  # the plan stage has a mistake of ours: it makes letters of titles
    tagger: int = 0  # that answers now
    now_ms: int = 1_000

    def put(self, topic: list[Message], record: Any, letter: Letter | None = None) -> None:
        """Send a message."""
        self.now_ms += 1
        topic.append(Message(record, letter, self.now_ms))

    def fail(
        self, stage: str, topic: str, offset: int, message: Message, error: PermanentError
    ) -> None:
        """Make a letter, or add to the one that the message was replayed from."""
        former: Letter | None = message.letter
        letter_id = former.letter_id if former else LetterId(f"{topic}/0/{offset}/{stage}")
        history = former.history if former else ()
        history = (*history, Failure(self.now_ms, error.kind, error.reason))
        letter = Letter(letter_id, stage, topic, 0, offset, error.kind, error.reason, history)
        self.letters[letter_id] = (letter, message)


def name_title(world: World, offset: int) -> Effects:
    """titles -> requests."""
    message = world.titles[offset]
    title = parse_title(message.record)
    letter = message.letter
    place = "/".join(map(str, first_place(letter))) if letter else f"movietag.titles/0/{offset}"
    request = TitleRequest(RequestId(place), title)
    yield lambda: world.put(world.requests, request, letter)


def plan_request(
    world: World, offset: int, worker: str = "a", known: list[Placed] | None = None
) -> Effects:
    """requests -> plan, videos; ``known``: what a worker takes for the ledger that has not seen the rest."""
    message = world.requests[offset]
    request = message.record
    history = History(world.plans if known is None else known)
    place = RequestId(f"movietag.requests/0/{offset}")
    at = Position(place, offset, message.at_ms, message.letter)
    try:
        answer_ = history.recall(request, at)
    except PermanentError as error:
        yield partial(_fail, world, at, error)
        return
    if answer_ is Done.DONE:
        return
    if isinstance(request, Settled):
        yield from _settle(world, request, history, at)
    elif answer_ is None:
        yield from _judge(world, request, history, at, worker)
    else:
        yield from _send(world, answer_.plan, request, history, message.letter)


def _settle(world: World, settled: Settled, history: History, at: Position) -> Effects:
    if settles(settled, history):
        yield lambda: world.plans.append(Placed(at.offset, at.at_ms, settled))
    for job in drops_of_replaced(settled, history):
        yield partial(world.put, world.videos, job)


def _judge(world: World, request: Any, history: History, at: Position, worker: str) -> Effects:
    try:
        plan = _decide(world, request, history, at, f"{at.offset:020d}.{worker}")
    except PermanentError as error:
        yield from _write(world, answered(request, at, history, error))
        yield partial(_fail, world, at, error)
        return
    yield from _write(
        world, Placed(at.offset, at.at_ms, plan) if plan else answered(request, at, history)
    )
    if plan is not None:
        yield from _send(world, plan, request, history, at.letter)


def _fail(world: World, at: Position, error: PermanentError) -> None:
    world.fail("plan", topics.REQUESTS.name, at.offset, world.requests[at.offset], error)


def _send(
    world: World, plan: Plan, request: Any, history: History, letter: Letter | None
) -> Effects:
    for sent in (*history.contested(plan), plan):
        for job in jobs(sent):
            taken = letter if isinstance(request, VideoAgain) else None
            yield partial(world.put, world.videos, job, taken)
        yield partial(world.put, world.captions, sent)
    for job in drops_of_forgotten(plan, history) if plan.forgotten else ():
        yield partial(world.put, world.videos, job)


def _decide(world: World, request: Any, history: History, at: Position, rank: str) -> Plan | None:
    if world.broken and isinstance(request, TitleRequest):
        raise PermanentError("internal", "A mistake of ours.")
    found = answer(history, request, at, rank)
    if found is None or isinstance(found, Plan):
        return found
    videos = world.site.videos()
    reason = (
        ""
        if videos
        else f"The search {'found nothing' if world.site.search == 'works' else 'failed'}."
    )
    tagger = TAGGERS[world.tagger]
    if isinstance(found, SearchMore) and found.plan.tagger != tagger:
        videos, reason = [], "Another tagger is served."
    return planned(
        found, request, videos, rank=rank, at=at, tagger=tagger, settings=SETTINGS, reason=reason
    )


def _write(world: World, made: Placed) -> Effects:
    yield lambda: world.plans.append(made)
    if len(world.plans) > PAGES:

        def seal() -> None:
            world.plans[:] = sealed(History(world.plans))

        yield seal


def fetch_video(world: World, offset: int) -> Effects:
    """videos -> frames and manifest, or the video's failure; kept frames."""
    message = world.videos[offset]
    job: VideoJob = message.record
    name, key = str(job.video.video_id), (job.generation, str(job.video.video_id))
    if job.work == "drop":
        yield lambda: setattr(world, "dropped", max(job.frames, world.dropped))
        yield lambda: world.store.drop(name, job.frames)
        return
    if job.generation < world.dropped:
        return
    there = (
        (name, job.frames) in world.store.whole
        if job.work == "resend"
        else name not in world.site.gone
    )
    if not there:
        first = world.noted.get(key)
        failure = VideoFailure(job.video.video_id, "gone", f"{name} is gone.")
        failed = VideoFailed(job.movie_id, job.generation, failure, job.revision)
        if first:
            yield lambda: world.put(world.captions, first)
        else:
            yield lambda: world.put(world.requests, failed)
        return
    slots = tuple(SlotTime(slot, slot + 0.5) for slot in range(SLOTS))
    for slot in slots:
        if job.work == "fetch":
            yield lambda slot=slot: world.store.kept.setdefault((name, job.generation), set()).add(
                slot.slot
            )  # type: ignore[misc]
        info = FrameInfo(
            job.movie_id, job.generation, job.video.video_id, slot.slot, slot.time, job.tagger
        )
        yield lambda info=info: world.put(world.frames, info)  # type: ignore[misc]
    manifest = Manifest(job.movie_id, job.generation, job.video.video_id, float(SLOTS), slots)
    if job.work == "fetch":
        yield lambda: world.store.whole.add((name, job.generation))
    yield lambda: world.noted.setdefault(key, manifest)  # type: ignore[func-returns-value]
    yield lambda: world.put(world.captions, manifest)


def caption_frame(world: World, offset: int) -> Effects:
    """frames -> captions, or the slot's failure and a letter."""
    message = world.frames[offset]
    info: FrameInfo = message.record
    if (info.video_id, info.slot) in world.refused:
        error = PermanentError("bad-image", "The model fails on it.")
        letter_id = (
            message.letter.letter_id
            if message.letter
            else LetterId(f"movietag.frames/0/{offset}/caption")
        )
        failure = SlotFailure(
            info.movie_id,
            info.generation,
            info.video_id,
            info.slot,
            info.tagger,
            error.kind,
            error.reason,
            letter_id,
        )
        yield lambda: world.put(world.captions, failure)
        yield lambda: world.fail("caption", "movietag.frames", offset, message, error)
        return
    text = f"{'horror' if info.slot % 2 else 'comedy'} in {info.video_id} by {info.tagger[:5]}"
    caption = Caption(
        info.movie_id,
        info.generation,
        info.video_id,
        info.slot,
        info.time,
        info.tagger,
        text,
        "Describe.",
        5,
    )
    yield lambda: world.put(world.captions, caption)


class Count:
    """One count: its vocabulary and epoch, its ledger, what its process has sent."""

    def __init__(self, world: World, vocabulary: Vocabulary, epoch: int) -> None:
        self.world, self.vocabulary, self.epoch = world, vocabulary, epoch
        self.publisher, self.match = Publisher(vocabulary, epoch), Matcher(vocabulary)
        self.ledger: list[Placed] = []
        self.restart()

    def restart(self) -> None:
        """A new process: it knows what is in the ledger."""
        self.facts = Facts(self.ledger)
        self.sent: dict[bytes, bytes] = {}
        self.reported: set[Settled] = set()

    def fold(self, offset: int) -> Effects:
        """captions -> documents, and outcomes to the plan."""
        message = self.world.captions[offset]
        placed = Placed(offset, message.at_ms, message.record)
        if self.facts.add(placed):
            yield lambda: self.ledger.append(placed)
        else:
            kept = set(self.publisher.unconcerned(self.sent, [placed.fact]))
            self.sent = {key: body for key, body in self.sent.items() if key in kept}
            self.reported.clear()
        result = tally(self.facts, self.match)
        if result is None:
            return
        yield from self._tell(result)
        if result.at_rest:

            def seal() -> None:
                self.ledger[:] = result.kept(self.facts)

            yield seal

    def _tell(self, result: Tally) -> Effects:
        for document in self.publisher.documents(self.facts, result):
            if self.sent.get(document.key) != bytes(document.body):

                def send(document: Any = document) -> None:
                    self.world.put(self.world.documents, document)
                    self.sent[document.key] = bytes(document.body)

                yield send
        for settled in result.outcomes:
            if settled not in self.reported:

                def report(settled: Settled = settled) -> None:
                    self.world.put(self.world.requests, settled)
                    self.reported.add(settled)

                yield report

    def head_start(self) -> None:
        """Fold all there is to its end before the first document is written; straight into Elasticsearch."""
        for offset, message in enumerate(self.world.captions):
            self.facts.add(Placed(offset, message.at_ms, message.record))
        result = tally(self.facts, self.match)
        if result is not None:
            for document in self.publisher.documents(self.facts, result):
                self.world.es.write(document)
            self.ledger[:] = result.kept(self.facts) if result.at_rest else list(self.facts)
            self.restart()

    def late(self, upto: int) -> None:
        """A paused worker that knows the facts before ``upto`` sends its documents now."""
        facts = Facts(
            Placed(n, m.at_ms, m.record) for n, m in enumerate(self.world.captions[:upto])
        )
        result = tally(facts, self.match)
        if result is not None:
            for document in self.publisher.documents(facts, result):
                self.world.put(self.world.documents, document)


def write_document(world: World, offset: int) -> Effects:
    """documents -> Elasticsearch."""
    yield lambda: world.es.write(world.documents[offset].record)


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


__all__ = [
    "Count",
    "Effects",
    "Fact",
    "World",
    "caption_frame",
    "fetch_video",
    "movie_of",
    "name_title",
]
