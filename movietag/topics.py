"""All topics in one table: name, content, retention.

All have the same number of partitions (the setting ``kafka_partitions``): a Table's changelog must have as many as
its source topic. No topic that carries a title's work expires by time: a stage deletes what is below its committed
offset where ``until_consumed`` is set. Only tries expire, which carry no work.
"""

from __future__ import annotations

from dataclasses import dataclass

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

    def config(self) -> dict[str, str]:
        """The topic's settings at the broker."""
        policies = ["compact"] * self.compacted + ["delete"] * bool(self.days or not self.compacted)
        return {
            "cleanup.policy": ",".join(policies),
            "retention.ms": str(self.days * DAY_MS) if self.days else "-1",
            "retention.bytes": "-1",
            "max.message.bytes": str(self.max_bytes),
            "message.timestamp.type": BROKERS_TIME,
        }


TITLES = TopicSpec(
    "movietag.titles",
    "movie id, any or none",
    "a title: JSON, or one line of text, e.g. `Heat (1995)`",
)
REQUESTS = TopicSpec(
    "movietag.requests", "movie id", "a checked title, or a video of a plan that failed"
)
VIDEOS = TopicSpec(
    "movietag.videos", "video id", "one video of a plan, to be fetched", until_consumed=True
)
FRAMES = TopicSpec(
    "movietag.frames",
    "video id and slot",
    "JPEG bytes; the header `frame` identifies it",
    until_consumed=True,
    max_bytes=FRAME_LIMIT,
)
CAPTIONS = TopicSpec(
    "movietag.captions", "movie id", "a fact: plan, manifest, caption or failure of a slot"
)
DOCUMENTS = TopicSpec(
    "movietag.documents",
    "index and document id",
    "a document with its version, or its deletion",
    compacted=True,
)
DEAD_LETTERS = TopicSpec(
    "movietag.dead-letters",
    "letter id",
    "the original bytes; the header `letter` says why",
    max_bytes=2 * FRAME_LIMIT,  # the header holds the message's key and headers in base64
)

TRIES = TopicSpec(
    "movietag.tries",
    "stage, then topic/partition/offset of an event; or `manifest`, then movie/generation/video",
    "how often it has failed; or the manifest of a video that was fetched",
    compacted=True,
    days=7,  # an event that has not failed for longer is counted from zero
)

SKIPS = TopicSpec(
    "movietag.skips",
    "topic/partition/offset of a batch",
    "that consumers pass over this unreadable batch (movietag.kafka.skips)",
    compacted=True,
)

TOPIC_IDS = TopicSpec(
    "movietag.topics",
    "a topic's name",
    "the ids that the topic has had, oldest first (movietag.kafka.incarnations)",
    compacted=True,
)

VOCABULARY = TopicSpec(
    "movietag.vocabulary",
    "`standing`",
    "the current vocabulary, with its text (movietag.recount.current)",
    compacted=True,
    max_bytes=2 * FRAME_LIMIT,
)

ALL = (
    TITLES,
    REQUESTS,
    VIDEOS,
    FRAMES,
    CAPTIONS,
    DOCUMENTS,
    DEAD_LETTERS,
    TRIES,
    SKIPS,
    TOPIC_IDS,
    VOCABULARY,
)
BY_NAME = {spec.name: spec for spec in ALL}

FRAME_HEADER = "frame"  # FrameInfo of a frame
LETTER_HEADER = "letter"  # Letter of a dead letter; on a replayed message, the letter it came from
MARK_HEADER = "mark"  # among the dead letters: what was done about one (movietag.letters.documents)

LEDGER = {  # the settings of a ledger's changelog at the broker
    "cleanup.policy": "compact",
    "retention.ms": "-1",
    "max.message.bytes": str(FRAME_LIMIT),
    "segment.bytes": str(64 << 20),
    "message.timestamp.type": BROKERS_TIME,
}
