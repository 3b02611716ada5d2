"""The table of stages: what each consumes, and its ports. A new stage needs only a new row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from movietag import topics
from movietag.topics import TopicSpec

MOST_WORKERS: Final = 16  # processes of a stage: each has its own port in the stage's block
PROCESS: Final = (
    "MOVIETAG_PROCESS"  # in the environment of each process: its number within its program
)


@dataclass(frozen=True, slots=True)
class StageEntry:
    """One stage.

    Attributes:
        name: its module in ``movietag.streams``, its program, and the second word of its consumer group.
        topic: the source of its work; more processes than this topic has partitions stay idle.
        port: of its first process, above the port base of an embedded stack; MOST_WORKERS ports follow.
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
