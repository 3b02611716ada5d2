"""The table of stages: what each consumes, how much at the same time, and its ports.

Insert a stage anywhere; nothing else moves. What else it needs, tests/deploy/test_stage_table.py says.
"""

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
        parallel: messages of its topic that a process works on; those of a killed process are repeated.
        times: the setting that ``parallel`` is multiplied by, if any.
    """

    name: str
    topic: TopicSpec
    port: int
    parallel: int
    times: str = ""

    def in_flight(self, settings: object) -> int:
        """Messages of its topic that a process with these settings has in work, at most."""
        factor: int = getattr(settings, self.times) if self.times else 1
        return self.parallel * factor


TABLE: Final = (
    StageEntry("plan", topics.REQUESTS, 304, parallel=16),  # a search takes seconds
    StageEntry(
        "fetch", topics.VIDEOS, 320, parallel=8, times="fetch_parallel"
    ),  # most of them wait
    StageEntry("caption", topics.FRAMES, 336, parallel=1, times="captions_in_flight"),
    # Of one movie, those that come within the linger become one update.
    StageEntry("count", topics.CAPTIONS, 352, parallel=1000),
    StageEntry("index", topics.DOCUMENTS, 368, parallel=500),  # one batch
)
STAGES: Final = tuple(stage.name for stage in TABLE)
PORTS: Final = {stage.name: stage.port for stage in TABLE}


def entry(name: str) -> StageEntry:
    """The row of a stage; raises KeyError for an unknown stage."""
    return {stage.name: stage for stage in TABLE}[name]
