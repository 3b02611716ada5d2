"""The count stage in memory: the real handler, what a new count does first, and a worker that was paused."""

from __future__ import annotations

from functools import partial

from model.fakes import Ledger, Topic
from model.stages import settling_of, work
from model.world import World
from movietag.records import Document, Placed, decode, decode_request
from movietag.rules.facts import Facts
from movietag.rules.publishing import Publisher
from movietag.rules.tally import Matcher, tally
from movietag.streams.handlers.fact_counter import FactCounter
from movietag.vocabulary import Vocabulary


class Count:
    """One count: its vocabulary and epoch, its ledger, what its process has sent."""

    def __init__(self, world: World, vocabulary: Vocabulary, epoch: int) -> None:
        self.world, self.vocabulary, self.epoch = world, vocabulary, epoch
        self.publisher, self.match = Publisher(vocabulary, epoch, "english"), Matcher(vocabulary)
        self.ledger: list[Placed] = []
        self.restart()

    def restart(self) -> None:
        """A new process: it knows what is in the ledger."""
        self.counter = FactCounter(
            self.vocabulary,
            self.publisher,
            0.0,
            ledger=Ledger(self.world, self.ledger),
            documents=Topic(self.world, self.world.documents, partial(decode, Document)),
            requests=Topic(self.world, self.world.requests, decode_request),
            settling=settling_of(self.world, "count"),
        )

    def fold(self, offset: int, cut: int | None = None) -> None:
        """captions -> documents, and outcomes to the plan."""
        work(self.world, "captions", offset, self.counter.handling(1), cut)

    def backfill(self) -> None:
        """Fold all there is to its end before the first document is written; straight into Elasticsearch."""
        facts = self._facts(len(self.world.captions))
        result = tally(facts, self.match)
        if result is not None:
            for document in self.publisher.documents(facts, result):
                self.world.es.write(document)
            self.ledger[:] = result.kept(facts) if result.at_rest else list(facts)
            self.restart()

    def late(self, upto: int) -> None:
        """A paused worker that knows the facts before ``upto`` sends its documents now."""
        facts = self._facts(upto)
        result = tally(facts, self.match)
        if result is not None:
            for document in self.publisher.documents(facts, result):
                self.world.put(self.world.documents, document)

    def _facts(self, upto: int) -> Facts:
        messages = self.world.captions[:upto]
        return Facts(Placed(n, one.at_ms, one.record) for n, one in enumerate(messages))
