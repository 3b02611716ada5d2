"""Afterwards: what each version has written, and whether the ledgers have kept all of it."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from elasticsearch import AsyncElasticsearch

from chaos.feeding import everything
from chaos.newer import BUILD
from movietag import topics
from movietag.kafka.epochs import count_changelog
from movietag.search.client import connected
from movietag.settings import Settings
from movietag.vocabulary import load

PLAN_CHANGELOG = "movietag-plan-plans-changelog"
INDICES = ("movies", "frames")
FACTS = ("caption", "plan", "noted")
KINDS = (
    *(*FACTS, "document"),
    *(f"body of {index}" for index in INDICES),
    *("ledger fact of count", "ledger fact of plan"),
)

Fact = dict[str, Any]
Place = tuple[int, int]  # partition and offset of movietag.captions
# The same, the fact there, and what stands beside it in the ledger.
Row = tuple[int, int, Fact, Fact]


@dataclass
class Written:
    """Records by kind; ``stripped`` are facts in the count's ledger that lack a field that they were sent with."""

    newer: dict[str, int]
    older: dict[str, int]
    searched: dict[str, int]  # documents in Elasticsearch whose new field is filled
    kept: int  # facts in that ledger that have all that the newer version has given them
    stripped: list[str] = field(default_factory=list)


async def written(settings: Settings) -> Written:
    """Read the topics, the ledgers and the indices."""
    newer, older = Counter(dict.fromkeys(KINDS, 0)), Counter(dict.fromkeys(KINDS, 0))

    def count(kind: str, *, new: bool) -> None:
        (newer if new else older)[kind] += 1

    facts: dict[Place, Fact] = {}
    for record in await everything(settings, topics.CAPTIONS.name):
        fact = facts[record.partition, record.offset] = json.loads(record.value)
        if fact["kind"] in FACTS:
            count(fact["kind"], new=_is_new(fact))
    for record in await everything(settings, topics.DOCUMENTS.name):
        document = json.loads(record.value)
        count("document", new=_is_new(document))
        index, body = document["index"].split("-")[0], document.get("body")
        if body and index in INDICES:
            count(f"body of {index}", new=_is_new(body))
    counted: list[Row] = []
    changelog = count_changelog(
        load(settings.vocabulary, settings.match).vocabulary_id, settings.epoch
    )
    for stage, topic in (("count", changelog), ("plan", PLAN_CHANGELOG)):
        rows = await _ledger(settings, topic)
        counted += rows if stage == "count" else []
        for row in rows:
            count(f"ledger fact of {stage}", new=_is_new(row[3]))
    async with connected(settings) as es:
        searched = {index: await _found(es, index) for index in INDICES}
    return Written(dict(newer), dict(older), searched, *kept_and_not(facts, counted))


def kept_and_not(facts: Mapping[Place, Fact], rows: Iterable[Row]) -> tuple[int, list[str]]:
    """How many of the newer version's facts stand in a ledger as they were sent, and what the others lack."""
    kept, stripped = 0, []
    for partition, offset, fact, _ in rows:
        sent = facts.get((partition, offset), {})
        if missing := sent.keys() - fact.keys():
            stripped.append(f"{sorted(missing)} of {partition}/{offset}")
        elif _is_new(sent):
            kept += 1
    return kept, stripped


def _is_new(tree: Fact) -> bool:
    return tree.get("build") == BUILD or tree.get("kind") == "noted"


async def _ledger(settings: Settings, topic: str) -> list[Row]:
    """Every fact on every page that there was and that Kafka still has."""
    found = []
    for record in await everything(settings, topic):
        if record.value and b"|" in record.key and not record.key.startswith(b"|"):
            for offset, _, fact, beside in msgspec.msgpack.decode(zlib.decompress(record.value)):
                found.append((record.partition, offset, fact, beside))
    return found


async def _found(es: AsyncElasticsearch, index: str) -> int:
    answer = await es.count(index=index, query={"term": {"build": BUILD}})
    return int(answer["count"])
