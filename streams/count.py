"""count: facts (kept in the ledger) -> tallies -> documents. Only this stage decides which documents are current."""

from __future__ import annotations

from functools import partial

from movietag import topics
from movietag.kafka.epochs import configured_epoch, count_group
from movietag.rules.publishing import Publisher
from movietag.settings import get_settings
from movietag.stages import entry
from movietag.streams.handlers.fact_counter import FactCounter
from movietag.streams.ledger.ledger import Ledger
from movietag.streams.recount.leader import ahead
from movietag.streams.runtime.topics import Stream, channel
from movietag.streams.stage import Stage
from movietag.vocabulary import load

vocabulary = load(get_settings().vocabulary, get_settings().match)
epoch = configured_epoch(get_settings())
stage = Stage("count", group=count_group(vocabulary.vocabulary_id, epoch))
app = stage.app
ledger = Ledger(app, name="facts", partitions=get_settings().kafka_partitions)
stage.keep(ledger, topics.CAPTIONS)
stage.follow(vocabulary, epoch)

if epoch:  # a recount: searches never see a movie half folded, nor one that was forgotten since
    stage.before(partial(ahead, get_settings(), stage.persist))

captions = channel(app, topics.CAPTIONS)
documents = channel(app, topics.DOCUMENTS)
requests = channel(app, topics.REQUESTS)

counter = FactCounter(
    vocabulary,
    Publisher(vocabulary, epoch, get_settings().caption_language, get_settings().title_alphabet),
    get_settings().count_linger,
    ledger=ledger,
    documents=documents,
    requests=requests,
    settling=stage.settling,
)
ledger.on_reload = counter.forget


@app.agent(captions)
async def count_facts(stream: Stream) -> None:
    """Facts about movies -> documents."""
    await stage.consume(stream, counter.handling(entry("count").in_flight(get_settings())))


if __name__ == "__main__":
    stage.main()
