"""Handler of the count stage: facts (stored in the ledger) -> tallies -> documents."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from movietag.records import (
    Document,
    LedgerFact,
    MovieId,
    Placed,
    Settled,
    Unknown,
    decode_fact,
    encode,
)
from movietag.rules.facts import Facts
from movietag.rules.publishing import Publisher
from movietag.rules.tally import Matcher, Tally, tally
from movietag.streams.failures.settling import Settling
from movietag.streams.handlers.ports import FactLedger
from movietag.streams.runtime.coalescing import Coalescer
from movietag.streams.runtime.consuming import Handling, movie_of_key
from movietag.streams.runtime.topics import Event, Sender, milliseconds, offset_of
from movietag.streams.watch.logs import told
from movietag.streams.watch.metrics import MOVIES
from movietag.vocabulary import Vocabulary

log = logging.getLogger("movietag")

REMEMBERED = 20_000  # facts kept decoded, of the movies that were last in work


@dataclass
class Active:
    """A movie being counted: its facts, and the documents that this process has sent."""

    facts: Facts
    sent: dict[bytes, bytes] = field(default_factory=dict)
    reported: set[Settled] = field(default_factory=set)


@dataclass(frozen=True)
class Arrival:
    """A fact and the partition it came from."""

    placed: Placed
    partition: int


class FactCounter:
    """Folds facts and sends the documents that changed. Only it decides which documents are current.

    Args:
        vocabulary: whose tags are counted.
        publisher: makes the documents of movies, for the same vocabulary.
        linger: seconds within which the facts of one movie become one update.
        ledger: keeps the facts.
        documents: takes documents and deletions.
        requests: takes how generations have ended.
        settling: reports facts that only a newer version knows.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        publisher: Publisher,
        linger: float,
        *,
        ledger: FactLedger,
        documents: Sender,
        requests: Sender,
        settling: Settling,
    ) -> None:
        self._match = Matcher(vocabulary)
        self._publisher = publisher
        self._ledger, self._documents, self._requests = ledger, documents, requests
        self._settling = settling
        self._active: OrderedDict[str, Active] = OrderedDict()
        self._updates: Coalescer[Arrival] = Coalescer(linger, self.update)

    def handling(self, in_flight: int) -> Handling:
        """How facts are handled."""
        return Handling(self.count_fact, in_flight, movie_of=movie_of_key)

    def forget(self) -> None:
        """Drop the cached movies; their facts are read from the ledger again."""
        self._active.clear()

    async def count_fact(self, event: Event) -> None:
        """Fold one fact; returns when the broker has acknowledged the changelog and all resulting documents.

        Raises:
            PermanentError: the message is no fact.
        """
        fact = decode_fact(event.message.value)
        if isinstance(fact, Unknown):  # kept in the ledger, where a newer count reads it
            self._settling.passed_over(event, f"a fact of the kind {fact.what!r}")
        placed = Placed(offset_of(event), milliseconds(event), fact)
        await self._updates.submit(fact.movie_id, Arrival(placed, event.message.partition))

    async def update(self, movie: str, arrivals: list[Arrival]) -> None:
        """Fold the facts that arrived for a movie, and send the resulting documents.

        What this process has already sent, and what has not changed since, is left out, but never what a
        fact contributes to that was there before (a replay).
        """
        movie_id = MovieId(movie)
        partition = arrivals[-1].partition
        state = self._active.pop(movie, None) or Active(
            Facts(self._ledger.facts(movie_id, partition))
        )
        fresh: list[Placed] = []
        replayed: list[LedgerFact] = []
        for placed in (item.placed for item in arrivals):
            if state.facts.add(placed):
                fresh.append(placed)
            else:
                replayed.append(placed.fact)
        if fresh:
            await self._ledger.write(movie_id, partition, fresh)
        if replayed:
            kept = self._publisher.unconcerned(state.sent, replayed)
            state.sent = {key: state.sent[key] for key in kept}
            state.reported.clear()
        result = tally(state.facts, self._match)
        if result is not None:
            await self._send(state, self._publisher.documents(state.facts, result))
            await self._report(state, result)
            if result.at_rest and self._ledger.page_count(movie_id, partition) > 1:
                await self._ledger.seal(movie_id, partition, result.kept(state.facts))
        self._active[movie] = state  # only now: after a failure the facts are read again
        self._forget_oldest()

    def _forget_oldest(self) -> None:
        """Keep the movies last in work, as many as ``REMEMBERED`` facts allow, and one at least."""
        kept = sum(len(state.facts) for state in self._active.values())
        while kept > REMEMBERED and len(self._active) > 1:
            kept -= len(self._active.popitem(last=False)[1].facts)

    async def _send(self, state: Active, current: Iterable[Document]) -> None:
        """Send the documents that differ from those sent; returns when the broker has them."""
        changed = [item for item in current if state.sent.get(item.key) != bytes(item.body)]
        sends = [await self._documents.send(key=item.key, value=encode(item)) for item in changed]
        await asyncio.gather(*sends)
        state.sent.update((item.key, bytes(item.body)) for item in changed)

    async def _report(self, state: Active, result: Tally) -> None:
        """Tell the plan stage what generations have ended with; returns when the broker has it."""
        new = [settled for settled in result.outcomes if settled not in state.reported]
        sends = [
            await self._requests.send(key=settled.movie_id.encode(), value=encode(settled))
            for settled in new
        ]
        await asyncio.gather(*sends)
        state.reported.update(new)
        for settled in new:
            self._tell(settled)

    def _tell(self, settled: Settled) -> None:
        """Count and log how a generation has ended."""
        status = "complete" if settled.images else "failed"
        self._settling.metrics[MOVIES].labels(status).inc()
        level = logging.INFO if settled.images else logging.WARNING
        about = {"movie": settled.movie_id, "generation": settled.generation}
        told(log, level, f"count: {status}, {settled.images} images", **about)
