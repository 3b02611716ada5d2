"""count: facts (kept in the ledger) -> tallies -> documents. Only this stage decides what stands."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

from movietag import topics
from movietag.kafka.epochs import configured_epoch, count_group
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
from movietag.settings import get_settings
from movietag.streams.ledger.ledger import Ledger
from movietag.streams.recount.leading import ahead
from movietag.streams.runtime.coalescing import Coalescer
from movietag.streams.runtime.topics import Event, Stream, channel, milliseconds
from movietag.streams.stage import Stage
from movietag.vocabulary import load

IN_FLIGHT = 1000  # facts; those of one movie within the linger become one update
REMEMBERED = 20_000  # facts kept decoded, of the movies that were last in work

vocabulary = load(get_settings().vocabulary, get_settings().match)
epoch = configured_epoch(get_settings())
stage = Stage("count", group=count_group(vocabulary.vocabulary_id, epoch))
app = stage.app
ledger = Ledger(app, name="facts", partitions=get_settings().kafka_partitions)
stage.keep(ledger, topics.CAPTIONS)
stage.follow(vocabulary.vocabulary_id, epoch)

if epoch:  # a recount: searches never see a movie half folded, nor one that was forgotten since
    stage.before(partial(ahead, get_settings(), stage.persist))

captions = channel(app, topics.CAPTIONS)
documents = channel(app, topics.DOCUMENTS)
requests = channel(app, topics.REQUESTS)

match = Matcher(vocabulary)
publisher = Publisher(vocabulary, epoch)


@dataclass
class Active:
    """A movie in work: its facts, and what this process has sent for it."""

    facts: Facts
    sent: dict[bytes, bytes] = field(default_factory=dict)
    reported: set[Settled] = field(default_factory=set)


@dataclass(frozen=True)
class Arrival:
    """A fact and the partition it came from."""

    placed: Placed
    partition: int


active: OrderedDict[str, Active] = OrderedDict()
ledger.on_reload = active.clear


@app.agent(captions)
async def count_facts(stream: Stream) -> None:
    """Facts about movies -> documents."""
    await stage.consume(stream, IN_FLIGHT, count_fact, movie_of=stage.movie_of_key)


async def count_fact(event: Event) -> None:
    """Fold one fact; returns when the changelog and all documents that follow are with the broker."""
    fact = decode_fact(event.message.value)
    if isinstance(fact, Unknown):  # kept in the ledger, where a newer count reads it
        stage.passed_over(event, f"a fact of the kind {fact.what!r}")
    placed = Placed(event.message.offset, milliseconds(event), fact)
    await updates.submit(fact.movie_id, Arrival(placed, event.message.partition))


async def update(movie: str, arrivals: list[Arrival]) -> None:
    """Fold the facts that arrived for a movie, and send the documents that follow.

    What this process has already sent, and what has not changed since, is left out, but never what a
    fact contributes to that was there before (a replay).
    """
    movie_id = MovieId(movie)
    partition = arrivals[-1].partition
    state = active.pop(movie, None) or Active(Facts(ledger.facts(movie_id, partition)))
    fresh: list[Placed] = []
    replayed: list[LedgerFact] = []
    for placed in (item.placed for item in arrivals):
        if state.facts.add(placed):
            fresh.append(placed)
        else:
            replayed.append(placed.fact)
    if fresh:
        await ledger.write(movie_id, partition, fresh)
    if replayed:
        kept = publisher.unconcerned(state.sent, replayed)
        state.sent = {key: state.sent[key] for key in kept}
        state.reported.clear()
    result = tally(state.facts, match)
    if result is not None:
        await send(state, publisher.documents(state.facts, result))
        await report(state, result)
        if result.at_rest and ledger.page_count(movie_id, partition) > 1:
            await ledger.seal(movie_id, partition, result.kept(state.facts))
    active[movie] = state  # only now: after a failure the facts are read from the ledger again
    forget_oldest()


def forget_oldest() -> None:
    """Keep the movies last in work, as many as ``REMEMBERED`` facts allow, and one at least."""
    kept = sum(len(state.facts) for state in active.values())
    while kept > REMEMBERED and len(active) > 1:
        kept -= len(active.popitem(last=False)[1].facts)


async def send(state: Active, standing: Iterable[Document]) -> None:
    """Send the documents that differ from those sent; returns when the broker has them."""
    changed = [item for item in standing if state.sent.get(item.key) != bytes(item.body)]
    sends = [await documents.send(key=item.key, value=encode(item)) for item in changed]
    await asyncio.gather(*sends)
    state.sent.update((item.key, bytes(item.body)) for item in changed)


async def report(state: Active, result: Tally) -> None:
    """Tell the plan stage what generations have ended with; returns when the broker has it."""
    new = [settled for settled in result.outcomes if settled not in state.reported]
    sends = [
        await requests.send(key=settled.movie_id.encode(), value=encode(settled)) for settled in new
    ]
    await asyncio.gather(*sends)
    state.reported.update(new)


updates: Coalescer[Arrival] = Coalescer(get_settings().count_linger, update)

if __name__ == "__main__":
    stage.main()
