"""The count stage on a bench: its processes come and go, its ledger stays."""

from __future__ import annotations

import json
from typing import Any

from movietag import topics
from movietag.records import Document, Fact, decode, decode_request, encode
from movietag.rules.publishing import Publisher
from movietag.streams.handlers.fact_counter import FactCounter
from movietag.vocabulary import from_lines
from support.records import MOVIE, caption, manifest, plan
from support.stage_bench import Bench
from support.stage_fakes import Pages, event

VOCABULARY = from_lines("two", ["horror", "comedy"])
STORY = (
    plan("a", wanted=1),
    manifest("a", 2),
    caption("a", 0, "horror"),
    caption("a", 1, "comedy"),
)


class Counting(Bench):
    """The count stage, whose processes come and go; its ledger stays."""

    def __init__(self) -> None:
        super().__init__("count")
        self.ledger = Pages(self.effects)
        self.documents = self.topic("documents", lambda value: decode(Document, value))
        self.requests = self.topic("requests", decode_request)
        self.counter = self.process()

    def process(self) -> FactCounter:
        return FactCounter(
            VOCABULARY,
            Publisher(VOCABULARY, 0, "english"),
            0.0,
            ledger=self.ledger,
            documents=self.documents,
            requests=self.requests,
            settling=self.settling,
        )

    async def count(self, *events: Any, counter: FactCounter | None = None) -> list[str]:
        return await self.handle((counter or self.counter).handling(1000), *events)

    def newest(self) -> dict[str, Any]:
        """Bodies of the documents as they were sent last."""
        return {one.doc_id: json.loads(bytes(one.body)) for one in self.documents.records}


def fact(record: Fact, offset: int = 0) -> Any:
    return event(topics.CAPTIONS.name, encode(record), offset=offset, key=MOVIE.encode())


def facts(*records: Fact) -> list[Any]:
    return [fact(record, offset) for offset, record in enumerate(records)]
