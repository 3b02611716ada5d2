"""Unreadable batches: the error that identifies one, and the remedy, which depends on the topic.

No retry repairs a batch with a wrong checksum, an unknown codec or damaged records. Nothing behind it in its
partition is read until it is skipped (``movietag.kafka.skips``) or the topic is restored; all other
partitions continue.
"""

from __future__ import annotations

from dataclasses import dataclass

from movietag import topics
from movietag.errors import MovietagError
from movietag.kafka.epochs import count_of

KIND = "unreadable-batch"


@dataclass(frozen=True, slots=True)
class Skipping:
    """What skipping a batch of a topic means: the stage that continues, what is lost, and what to do afterwards."""

    stage: str
    lost: str
    then: str


MEANING = {
    topics.TITLES.name: Skipping(
        "plan",
        "The titles in it are not processed.",
        "Send them again; if they were plain text, the letter shows them.",
    ),
    topics.BULK_TITLES.name: Skipping(
        "plan",
        "The titles of lists in it are not processed.",
        "Send them again; if they were plain text, the letter shows them.",
    ),
    topics.REQUESTS.name: Skipping(
        "plan",
        "The titles in it are not planned, and video failures in it are not handled: their movies stay"
        " running.",
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
        "They cannot be restored; add what failed again.",
    ),
    topics.TRIES.name: Skipping(
        "plan",
        "The failures of some events are counted from zero again.",
        "Nothing needs to be done.",
    ),
    topics.WORKERS.name: Skipping(
        "plan",
        "What some workers have reported of themselves is not listed.",
        "Nothing needs to be done: they report again within a minute.",
    ),
    topics.LOOKUPS.name: Skipping(
        "plan",
        "Some questions of workers to each other get no answer.",
        "Nothing needs to be done: they are sent again.",
    ),
}


class UnreadableBatchError(MovietagError):
    """A batch that cannot be read, although everything before ``offset`` in its partition was.

    Args:
        why: what is wrong with it.
    """

    kind = KIND

    def __init__(self, topic: str, partition: int, offset: int, why: str) -> None:
        self.topic, self.partition, self.offset, self.why = topic, partition, offset, why
        super().__init__(
            f"{topic}, partition {partition}: the batch at offset {offset} cannot be read: {why}."
            f" Nothing behind it in this partition is read until then. {self.remedy}"
        )

    @property
    def remedy(self) -> str:
        """What to do about it."""
        if self.topic in MEANING:
            command = f"movietag topics skip {self.topic} {self.partition} {self.offset}"
            return f"Restore the topic, or skip the batch: {command}"
        return ledger_remedy(self.topic)


def ledger_remedy(topic: str) -> str:
    """What to do about a batch of a topic that cannot be skipped, mostly a ledger's changelog."""
    if topic == topics.SKIPS.name:
        return (
            "Delete this topic: consumers then report the skipped batches again; skip them again."
        )
    if topic == topics.VOCABULARY.name:
        return (
            "Delete this topic, and make the vocabulary that is searched current again: `movietag retag"
            " --vocabulary` with its file."
        )
    if count_of(topic):
        return "A ledger with a gap would miscount: rebuild it with `movietag recount`."
    return (
        "A ledger with a gap would decide wrongly: restore this topic from a replica or a backup; it"
        " is then read again automatically."
    )
