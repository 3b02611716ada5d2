"""Batches that cannot be read: the error that names one, and the way out, which depends on the topic.

A batch whose checksum is wrong, whose codec nobody knows or whose records are damaged stays so whatever
is tried. Nothing behind it in its partition is read until it is skipped (``movietag.skips``) or the topic
is restored; all other partitions go on.
"""

from __future__ import annotations

from dataclasses import dataclass

from movietag import topics
from movietag.errors import MovietagError
from movietag.kafka.epochs import count_of

KIND = "unreadable-batch"


@dataclass(frozen=True, slots=True)
class Skipping:
    """What it means to skip a batch of a topic: who goes on, what is lost, what to do afterwards."""

    stage: str
    lost: str
    then: str


MEANING = {
    topics.TITLES.name: Skipping(
        "plan",
        "The titles in it are not worked on.",
        "Send them again; where they were in clear text, the letter shows them.",
    ),
    topics.REQUESTS.name: Skipping(
        "plan",
        "The titles in it are not planned, and failures of videos in it are not answered: a movie of"
        " theirs stays running.",
        "Add the titles that have no movie again; `movietag add --refresh` those that stay running.",
    ),
    topics.VIDEOS.name: Skipping(
        "fetch",
        "The videos in it are not fetched: their movies stay running.",
        "Find them with `movietag watch`, and `movietag add --refresh` them.",
    ),
    topics.FRAMES.name: Skipping(
        "caption",
        "The frames in it get no caption: their movies stay running.",
        "Find them with `movietag watch`, and `movietag add --refresh` them.",
    ),
    topics.CAPTIONS.name: Skipping(
        "count",
        "The facts in it (plans, manifests, captions) are not counted, now or in any recount: their"
        " movies stay running, or with fewer images.",
        "`movietag add --refresh` the movies that stay running or lack images.",
    ),
    topics.DOCUMENTS.name: Skipping(
        "index",
        "The documents in it are not written to Elasticsearch.",
        "`movietag recount` writes all documents again.",
    ),
    topics.DEAD_LETTERS.name: Skipping(
        "index",
        "The letters in it are neither listed nor sent again.",
        "Nothing brings them back; what failed may be added again.",
    ),
    topics.TRIES.name: Skipping(
        "plan",
        "How often some events have failed is counted anew.",
        "Nothing needs to be done.",
    ),
}


class UnreadableBatchError(MovietagError):
    """A batch that cannot be read; all before ``offset`` in its partition was.

    Args:
        why: what is wrong with it.
    """

    kind = KIND

    def __init__(self, topic: str, partition: int, offset: int, why: str) -> None:
        self.topic, self.partition, self.offset, self.why = topic, partition, offset, why
        super().__init__(
            f"{topic}, partition {partition}: the batch at offset {offset} cannot be read: {why}."
            f" Nothing behind it in this partition is read meanwhile. {self.way_out}"
        )

    @property
    def way_out(self) -> str:
        """What to do about it."""
        if self.topic in MEANING:
            command = f"movietag topics skip {self.topic} {self.partition} {self.offset}"
            return f"Restore the topic, or skip the batch: {command}"
        return ledger_way_out(self.topic)


def ledger_way_out(topic: str) -> str:
    """What to do about a batch of a topic that cannot be skipped, a ledger's changelog above all."""
    if topic == topics.SKIPS.name:
        return (
            "Delete this topic: batches that were skipped are named once more, and skipped again."
        )
    if topic == topics.VOCABULARY.name:
        return (
            "Delete this topic, and have the vocabulary that is searched stand again: `movietag retag"
            " --vocabulary` with its file."
        )
    if count_of(topic):
        return "A ledger with a hole would count wrong: make it anew with `movietag recount`."
    return (
        "A ledger with a hole would decide wrong: restore this topic from a replica or a backup; it"
        " is read again by itself."
    )
