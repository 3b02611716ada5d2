"""What the stages have left behind: every trace by which an input can be found again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field

from aiokafka import ConsumerRecord, TopicPartition

from fuzz.world import Place, count_group
from movietag import topics
from movietag.documents import DEAD_LETTERS, MOVIES, index_name
from movietag.errors import PermanentError
from movietag.kafka.clients import make_consumer
from movietag.records import (
    Caption,
    Letter,
    Manifest,
    Plan,
    SlotFailure,
    TitleRequest,
    VideoFailed,
    decode,
    decode_fact,
    decode_request,
)
from movietag.search.client import connected
from movietag.settings import Settings
from movietag.streams.ledger.pages import unpacked
from movietag.vocabulary import load

CHANGELOG = f"{count_group()}-facts-changelog"
READ = (
    topics.REQUESTS.name,
    topics.CAPTIONS.name,
    topics.DEAD_LETTERS.name,
    topics.DOCUMENTS.name,
    CHANGELOG,
)


@dataclass
class Traces:
    """Everything that was found, by what it says it is about."""

    letters: dict[Place, Letter] = field(default_factory=dict)
    requests: dict[str, Place] = field(default_factory=dict)  # request id -> where it lies
    failed_videos: dict[tuple[str, int, str], str] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)  # by cause
    manifests: set[tuple[str, int, str]] = field(default_factory=set)
    captions: dict[tuple[str, str, int], str] = field(default_factory=dict)
    failures: set[tuple[str, str, int]] = field(default_factory=set)
    kept: set[tuple[int, int]] = field(default_factory=set)  # facts in the ledger, by place
    internal: list[Letter] = field(default_factory=list)


async def read(
    settings: Settings, since: Mapping[TopicPartition, int], sent: Iterable[Place]
) -> Traces:
    """Read all that came into the topics after ``since``, but for what we sent ourselves."""
    ours = set(sent)
    found = Traces()
    async for record in _records(settings, since):
        place = (record.topic, record.partition, record.offset)
        if place in ours:
            if record.topic == topics.REQUESTS.name:
                continue
            if record.topic != topics.CAPTIONS.name:
                continue
        _note(found, record, place, mine=place in ours)
    return found


async def _records(
    settings: Settings, since: Mapping[TopicPartition, int]
) -> AsyncIterator[ConsumerRecord]:
    async with make_consumer(settings, max_partition_fetch_bytes=16 << 20) as consumer:
        wanted = [
            TopicPartition(name, n) for name in READ for n in range(settings.kafka_partitions)
        ]
        ends = await consumer.end_offsets(wanted)
        first = await consumer.beginning_offsets(wanted)
        open_ = {at for at in wanted if ends[at] > max(first[at], since.get(at, 0))}
        consumer.assign(sorted(open_))
        for at in open_:
            consumer.seek(at, max(first[at], since.get(at, 0)))
        while open_:
            batches = await consumer.getmany(timeout_ms=5_000)
            for records in batches.values():
                for record in records:
                    yield record
            open_ = {at for at in open_ if await consumer.position(at) < ends[at]}


def _note(found: Traces, record: ConsumerRecord, place: Place, *, mine: bool) -> None:
    match record.topic:
        case topics.DEAD_LETTERS.name:
            letter = decode(Letter, dict(record.headers)[topics.LETTER_HEADER])
            found.letters[letter.topic, letter.partition, letter.offset] = letter
            if letter.error == "internal":
                found.internal.append(letter)
        case topics.REQUESTS.name:
            _note_request(found, record, place)
        case topics.CAPTIONS.name:
            _note_fact(found, record, mine=mine)
        case name if name == CHANGELOG and record.value and not record.key.startswith(b"|"):
            pages = unpacked(record.value)
            found.kept.update((record.partition, placed.offset) for placed in pages)


def _note_request(found: Traces, record: ConsumerRecord, place: Place) -> None:
    request = decode_request(record.value)
    if isinstance(request, TitleRequest):
        found.requests[request.request_id] = place
    elif isinstance(request, VideoFailed):
        failure = request.failure
        key = (request.movie_id, request.generation, failure.video_id)
        found.failed_videos[key] = failure.kind


def _note_fact(found: Traces, record: ConsumerRecord, *, mine: bool) -> None:
    try:
        fact = decode_fact(record.value)
    except PermanentError:
        assert mine, record.value  # a stage has sent what no stage reads
        return
    if mine:
        return
    match fact:
        case Plan():
            if fact.revision == 0:
                found.plans[fact.cause] = fact
        case Manifest():
            found.manifests.add((fact.movie_id, fact.generation, fact.video_id))
        case Caption():
            found.captions[fact.movie_id, fact.video_id, fact.slot] = fact.caption
        case SlotFailure():
            found.failures.add((fact.movie_id, fact.video_id, fact.slot))


async def documents(
    settings: Settings, wanted: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """The versions of those of the documents (index, id) that Elasticsearch has."""
    found: dict[tuple[str, str], int] = {}
    names = sorted({pair for pair in wanted if pair[0] and 0 < len(pair[1].encode()) <= 512})
    async with connected(settings) as es:
        for start in range(0, len(names), 500):
            docs = [{"_index": index, "_id": name} for index, name in names[start : start + 500]]
            answer = await es.mget(docs=docs, source=False)
            for doc in answer["docs"]:
                if doc.get("found"):
                    found[doc["_index"], doc["_id"]] = doc["_version"]
    return found


async def counts(
    settings: Settings, movies: Iterable[str]
) -> dict[str, tuple[int, dict[str, int], str]]:
    """Images, counts above zero by field, and status of movies, as Elasticsearch has them."""
    index = index_name(MOVIES, load("mpst").vocabulary_id)
    found = {}
    async with connected(settings) as es:
        for movie in movies:
            answer = await es.options(ignore_status=404).get(index=index, id=f"{movie}~fuzz@1")
            if answer.get("found"):
                body = answer["_source"]
                tags = {name: one["count"] for name, one in body["tags"].items() if one["count"]}
                found[movie] = (body["images"], tags, body["status"])
    return found


LETTERS_INDEX = index_name(DEAD_LETTERS, "any")
