"""The stages, in a table: what each consumes, and where it answers. Insert a stage anywhere; nothing else moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from movietag import topics
from movietag.topics import TopicSpec

MOST_WORKERS: Final = 16  # processes of a stage: each has a port of its own in the stage's block
PROCESS: Final = (
    "MOVIETAG_PROCESS"  # in the environment of each process: its number within its program
)


@dataclass(frozen=True, slots=True)
class StageEntry:
    """One stage.

    Attributes:
        name: its module in ``movietag.streams``, its program, its consumer group's second word.
        topic: where its work comes from; scaling it beyond the partitions of this topic gives nothing.
        port: of its first process, above the port base of an embedded stack; it has MOST_WORKERS of them.
    """

    name: str
    topic: TopicSpec
    port: int


TABLE: Final = (
    StageEntry("plan", topics.REQUESTS, 304),
    StageEntry("fetch", topics.VIDEOS, 320),
    StageEntry("caption", topics.FRAMES, 336),
    StageEntry("count", topics.CAPTIONS, 352),
    StageEntry("index", topics.DOCUMENTS, 368),
)
STAGES: Final = tuple(stage.name for stage in TABLE)
PORTS: Final = {stage.name: stage.port for stage in TABLE}
