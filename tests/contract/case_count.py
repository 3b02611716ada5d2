"""The case of count: facts become documents."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence

import msgspec
from support.records import caption, manifest, plan, slot_failure

from contract.case import Case, Message, Outcome, Sent
from contract.gates import Gate
from contract.watching import Watcher
from movietag import topics
from movietag.kafka.epochs import count_changelog, count_group
from movietag.records import (
    Document,
    Fact,
    MovieId,
    Placed,
    Settled,
    decode,
    decode_fact,
    decode_request,
    encode,
)
from movietag.rules.facts import Facts as FactSet
from movietag.rules.publishing import Publisher
from movietag.rules.tally import Matcher, tally
from movietag.stages import entry
from movietag.vocabulary import load

MPST = load("mpst")
MOVIES, VIDEOS, SLOTS = 3, ("a", "b"), 5
IN_FLIGHT = entry("count").parallel
CHANGELOG = count_changelog(MPST.vocabulary_id, 0)


class Facts(Case):
    """Facts -> documents, and how the movie has ended, for the plan stage.

    What stands are the newest versions of documents; older ones come on the way.
    """

    name, stage, source = "facts", "count", topics.CAPTIONS
    most_in_flight = IN_FLIGHT
    group = count_group(MPST.vocabulary_id, 0)

    def __init__(self, watcher: Watcher, gate: Gate, sends: Gate) -> None:
        super().__init__(watcher, gate, sends)
        self._publisher, self._match = Publisher(MPST, 0, "english"), Matcher(MPST)

    def inputs(self, run: str) -> list[Message]:
        """All facts of some movies, mixed, and at last their plans.

        Without its plan a movie has no documents: at a gate that is shut first the changelog is held.
        """
        rng = random.Random(5)
        stories = [_story(_movie(run, number), rng) for number in range(MOVIES)]
        others = [fact for story in stories for fact in story[1:]]
        facts = rng.sample(others, len(others)) + [story[0] for story in stories]
        return [Message(fact.movie_id.encode(), encode(fact)) for fact in facts]

    def expected(self, run: str, sent: Sequence[Sent]) -> Outcome:
        """What the pure tally makes of them; a body that did not change may stand with an older version."""
        facts = [decode_fact(item.message.value) for item in sent]
        follows: dict[Hashable, object] = {}
        for movie in {fact.movie_id for fact in facts}:
            of_movie = [fact for fact in facts if fact.movie_id == movie]
            folded = FactSet(Placed(number, 0, fact) for number, fact in enumerate(of_movie))
            result = tally(folded, self._match)
            assert result is not None
            assert result.finished
            for document in self._publisher.documents(folded, result):
                follows[document.key] = _body(document)
            follows.update({(movie, one.generation): one.images for one in result.outcomes})
        return follows

    async def outcome(self, run: str) -> Outcome:
        """The newest version of each document, and the last images reported of each generation."""
        newest: dict[Hashable, tuple[int, object]] = {}
        for document in self._documents(run):
            if document.key not in newest or newest[document.key][0] <= document.version:
                newest[document.key] = (document.version, _body(document))
        ended = {(one.movie_id, one.generation): one.images for one in self._reports(run)}
        return {key: content for key, (_, content) in newest.items()} | ended

    def _reports(self, run: str) -> Iterator[Settled]:
        for record in self.watcher.records(topics.REQUESTS, _movie(run, "")):
            request = decode_request(record.value)
            if isinstance(request, Settled):
                yield request

    def copies(self, run: str) -> Counter[Hashable]:
        """By document and version."""
        return Counter((document.key, document.version) for document in self._documents(run))

    def _documents(self, run: str) -> Iterator[Document]:
        ours = _movie(run, "").encode()
        for record in self.watcher.records(topics.DOCUMENTS, run):
            if ours in record.key:
                yield decode(Document, record.value)

    def poison(self, run: str) -> Message:
        """No fact."""
        return Message(f"poisoned-{run}".encode(), b"no fact " + run.encode())


def _movie(run: str, number: int | str) -> MovieId:
    return MovieId(f"contract-count-{run}-{number}")


def _story(movie: MovieId, rng: random.Random) -> list[Fact]:
    """All facts of a movie: one slot of the last video has failed."""
    facts: list[Fact] = [plan(*VIDEOS, wanted=len(VIDEOS))]
    for name in VIDEOS:
        facts.append(manifest(name, SLOTS))
        said = [" and ".join(rng.sample(MPST.tags, 2)) for _ in range(SLOTS)]
        facts += [caption(name, slot, text) for slot, text in enumerate(said)]
    facts[-1] = slot_failure(VIDEOS[-1], SLOTS - 1)
    return [msgspec.structs.replace(fact, movie_id=movie) for fact in facts]


def _body(document: Document) -> object:
    """The body without the broker's times, which no generator can know."""
    content = msgspec.json.decode(document.body)
    if content is None:
        return None
    return {key: value for key, value in content.items() if not key.endswith("_ms")}
