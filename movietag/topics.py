"""All topics in one table: name, content, retention.

All have the same number of partitions (the setting ``kafka_partitions``): a Table's changelog must have as many as
its source topic. No topic that carries a title's work expires by time: a stage deletes what is below its committed
offset where ``until_consumed`` is set. Only tries, workers' reports, lookups and events expire, which
carry no work.

All names of ours in Kafka begin with ``PREFIX``: topics, consumer groups, ledgers and client ids.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

PREFIX: Final = os.environ.get("MOVIETAG_KAFKA_PREFIX", "")
"""The setting ``kafka_prefix``. Names are constants of a process, so it is read here; the settings check it."""
CLIENT: Final = f"{PREFIX}movietag"
"""The client id of our connections, by which a broker logs and limits them (a worker's goes on with its name); all
names of ours begin so."""
OURS: Final = f"{CLIENT}."
"""How the names of our topics begin."""
OUR_GROUPS: Final = f"{CLIENT}-"
"""How the names of our groups and ledgers begin: others on the same Kafka are not ours."""

FRAME_LIMIT = 4 << 20  # bytes: a 4096 x 4096 JPEG of quality 95 fits
TEXT_LIMIT = 1 << 20
DAY_MS = 86_400_000
BROKERS_TIME = (
    "LogAppendTime"  # a message's time is the broker's, whatever the clock of who sends it says
)


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """One topic: its name, key and value in words, and its retention."""

    name: str
    key: str
    value: str
    compacted: bool = False
    until_consumed: bool = False
    days: int | None = None  # minimum retention; None: for ever
    max_bytes: int = TEXT_LIMIT
    segment_bytes: int | None = (
        None  # of a log file; None: the broker's (only closed ones are compacted)
    )

    def config(self) -> dict[str, str]:
        """The topic's settings at the broker."""
        policies = ["compact"] * self.compacted + ["delete"] * bool(self.days or not self.compacted)
        return {
            "cleanup.policy": ",".join(policies),
            "retention.ms": str(self.days * DAY_MS) if self.days else "-1",
            "retention.bytes": "-1",
            "max.message.bytes": str(self.max_bytes),
            "message.timestamp.type": BROKERS_TIME,
            **({"segment.bytes": str(self.segment_bytes)} if self.segment_bytes else {}),
        }


TITLES = TopicSpec(
    f"{OURS}titles",
    "movie id, any or none",
    "a title: JSON, or one line of text, e.g. `Heat (1995)`",
)
BULK_TITLES = TopicSpec(
    f"{OURS}titles.bulk",
    "movie id, any or none",
    "a title of a list, as in `titles`; planned while few videos wait (movietag.streams.ahead)",
)
REQUESTS = TopicSpec(
    f"{OURS}requests", "movie id", "a checked title, or a video of a plan that failed"
)
VIDEOS = TopicSpec(
    f"{OURS}videos", "video id", "one video of a plan, to be fetched", until_consumed=True
)
FRAMES = TopicSpec(
    f"{OURS}frames",
    "video id and slot",
    "JPEG bytes; the header `frame` identifies it",
    until_consumed=True,
    max_bytes=FRAME_LIMIT,
)
CAPTIONS = TopicSpec(
    f"{OURS}captions", "movie id", "a fact: plan, manifest, caption or failure of a slot"
)
DOCUMENTS = TopicSpec(
    f"{OURS}documents",
    "index and document id",
    "a document with its version, or its deletion",
    compacted=True,
)
DEAD_LETTERS = TopicSpec(
    f"{OURS}dead-letters",
    "letter id",
    "the original bytes; the header `letter` says why",
    max_bytes=2 * FRAME_LIMIT,  # the header holds the message's key and headers in base64
)

EVENTS = TopicSpec(
    f"{OURS}events",
    "movie id",
    "a CloudEvent: a movie is complete, has changed, has failed or is forgotten",
    days=30,  # for programs that are away; the movies themselves stay in Elasticsearch
)

TRIES = TopicSpec(
    f"{OURS}tries",
    "stage, then topic/partition/offset of an event; or `manifest`, then movie/generation/video",
    "how often it has failed; or the manifest of a video that was fetched",
    compacted=True,
    days=7,  # an event that has not failed for longer is counted from zero
)

SKIPS = TopicSpec(
    f"{OURS}skips",
    "topic/partition/offset of a batch",
    "that consumers pass over this unreadable batch (movietag.kafka.skips)",
    compacted=True,
)

TOPIC_IDS = TopicSpec(
    f"{OURS}topics",
    "a topic's name",
    "the ids that the topic has had, oldest first (movietag.kafka.incarnations)",
    compacted=True,
)

WORKERS = TopicSpec(
    f"{OURS}workers",
    "consumer group, then client id of a worker",
    "what the worker reports of itself: host, version, ready or why not (movietag.kafka.workers)",
    compacted=True,
    days=1,
)

LOOKUPS = TopicSpec(
    f"{OURS}lookups",
    "id of a lookup",
    "a question to all fetch workers, e.g. who can read a file; or the answer of one (movietag.fleet.lookups)",
    days=1,  # an answer is awaited for seconds
)

OFFSETS = TopicSpec(
    f"{OURS}offsets",
    "group/topic/partition",
    "the offset that the group has committed there, and the topic's id (movietag.kafka.checkpoints)",
    compacted=True,
    segment_bytes=4 << 20,  # it is read whole at each start, and written every few seconds
)

VOCABULARY = TopicSpec(
    f"{OURS}vocabulary",
    "`standing`",
    "the current vocabulary, with its text (movietag.recount.current)",
    compacted=True,
    max_bytes=2 * FRAME_LIMIT,
)

LIBRARY = TopicSpec(
    f"{OURS}library",
    "`mark`; `pause/` and a site",
    "with which Elasticsearch this Kafka belongs together; that fetching is paused (movietag.fleet)",
    compacted=True,
)

ALL = (
    TITLES,
    BULK_TITLES,
    REQUESTS,
    VIDEOS,
    FRAMES,
    CAPTIONS,
    DOCUMENTS,
    DEAD_LETTERS,
    EVENTS,
    TRIES,
    SKIPS,
    TOPIC_IDS,
    WORKERS,
    LOOKUPS,
    OFFSETS,
    VOCABULARY,
    LIBRARY,
)
BY_NAME = {spec.name: spec for spec in ALL}


def is_of_title(request_id: str) -> bool:
    """Whether a request is a title that a user has sent, by its id: `topic/partition/offset`."""
    return request_id.partition("/")[0] in (TITLES.name, BULK_TITLES.name)


def is_of_list(request_id: str) -> bool:
    """Whether a request is a title of a list, which everything else goes before."""
    return request_id.partition("/")[0] == BULK_TITLES.name


FRAME_HEADER = "frame"  # FrameInfo of a frame
LETTER_HEADER = "letter"  # Letter of a dead letter; on a replayed message, the letter it came from
HOPS_HEADER = "hops"  # of a video: how often fetch workers that lack its file have passed it on
MARK_HEADER = "mark"  # among the dead letters: what was done about one (movietag.letters.documents)

LEDGER = {  # the settings of a ledger's changelog at the broker
    "cleanup.policy": "compact",
    "retention.ms": "-1",
    "max.message.bytes": str(FRAME_LIMIT),
    "segment.bytes": str(64 << 20),
    # What a start of a stage reads for nothing: replaced rows, a fifth of the bytes at most, and deletions, which a
    # reader that misses them does not need (the facts of a deleted page are on the sealed one).
    "min.cleanable.dirty.ratio": "0.2",
    "delete.retention.ms": str(600_000),
    "message.timestamp.type": BROKERS_TIME,
}


def stage_group(stage: str) -> str:
    """The consumer group of a stage; of a count, how its groups begin."""
    return f"{OUR_GROUPS}{stage}"
