"""The table of stages: what each consumes and sends, how much at the same time, its servers, and its ports.

Insert a stage anywhere; nothing else moves. What else it needs, tests/deploy/test_stage_table.py says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from movietag import topics
from movietag.topics import TopicSpec, stage_group

MOST_WORKERS: Final = 16  # processes of a stage: each has its own port in the stage's block
PROCESS: Final = (
    "MOVIETAG_PROCESS"  # in the environment of each process: its number within its program
)
Server = Literal["triton", "elasticsearch", "catalogue", "sites"]


@dataclass(frozen=True, slots=True)
class StageEntry:
    """One stage.

    Attributes:
        name: its module in ``movietag.streams``, its program, and the second word of its consumer group.
        topic: the source of its work; more processes than this topic has partitions stay idle.
        port: of its first process, above the port base of an embedded stack; MOST_WORKERS ports follow.
        parallel: messages of its topic that a process works on; those of a killed process are repeated.
        times: the setting that ``parallel`` is multiplied by, if any.
        consumes: topics whose offsets its consumer group commits beside those of its source.
        reads: topics that it reads beside all these, without a group.
        sends: topics that it writes; every stage besides: dead letters, the ids of topics, its offsets, and reports
            of its workers.
        ledger: whether it keeps one, in a changelog whose name begins with its group's.
        servers: what it connects to beside Kafka.
        replayable: whether consuming again costs nothing but time, so that offsets may be set back.
    """

    name: str
    topic: TopicSpec
    port: int
    parallel: int
    times: str = ""
    consumes: tuple[TopicSpec, ...] = ()
    reads: tuple[TopicSpec, ...] = ()
    sends: tuple[TopicSpec, ...] = ()
    ledger: bool = False
    servers: tuple[Server, ...] = ()
    replayable: bool = False

    @property
    def committed(self) -> tuple[TopicSpec, ...]:
        """The topics of which its consumer group commits offsets."""
        return (self.topic, *self.consumes)

    def in_flight(self, settings: object) -> int:
        """Messages of its topic that a process with these settings has in work, at most."""
        factor: int = getattr(settings, self.times) if self.times else 1
        return self.parallel * factor


TABLE: Final = (
    StageEntry(
        "plan",
        topics.REQUESTS,
        304,
        parallel=32,  # a search takes seconds; more than lists have in work (movietag.streams.ahead)
        consumes=(topics.TITLES, topics.BULK_TITLES),
        reads=(topics.TRIES, topics.LOOKUPS),
        sends=(topics.REQUESTS, topics.VIDEOS, topics.CAPTIONS, topics.TRIES, topics.LOOKUPS),
        ledger=True,
        servers=("triton", "catalogue", "sites"),  # it asks Triton which tagger it is
    ),
    StageEntry(
        "fetch",
        topics.VIDEOS,
        320,
        parallel=32,  # most of them wait, and the most urgent goes first
        times="fetch_parallel",
        # Of the frames it measures how many wait; of the library, what is paused.
        reads=(topics.FRAMES, topics.TRIES, topics.LOOKUPS, topics.LIBRARY),
        sends=(
            *(topics.FRAMES, topics.CAPTIONS, topics.REQUESTS, topics.TRIES, topics.LOOKUPS),
            topics.VIDEOS,  # those whose files another worker has
        ),
        servers=("sites",),
    ),
    StageEntry(
        "caption",
        topics.FRAMES,
        336,
        parallel=1,
        times="captions_in_flight",
        reads=(topics.TRIES,),
        sends=(topics.CAPTIONS, topics.TRIES),
        servers=("triton",),
    ),
    StageEntry(
        "count",
        topics.CAPTIONS,
        352,
        parallel=1000,  # of one movie, those that come within the linger become one update
        reads=(topics.VOCABULARY, topics.LIBRARY),
        sends=(topics.DOCUMENTS, topics.REQUESTS, topics.LIBRARY),
        ledger=True,
        servers=("elasticsearch",),  # it writes in bulk when all is counted again
        replayable=True,
    ),
    StageEntry(
        "index",
        topics.DOCUMENTS,
        368,
        parallel=500,  # one batch
        consumes=(topics.DEAD_LETTERS,),
        reads=(topics.VOCABULARY, topics.LIBRARY),
        sends=(topics.EVENTS, topics.VOCABULARY, topics.LIBRARY),  # of the last two the first rows
        servers=("elasticsearch",),
        replayable=True,
    ),
)
STAGES: Final = tuple(stage.name for stage in TABLE)
PORTS: Final = {stage.name: stage.port for stage in TABLE}


def stage_of(group: str) -> str | None:
    """The stage of a consumer group: ``movietag-NAME`` or ``movietag-NAME-…``; None for another's."""
    return next((one for one in STAGES if f"{group}-".startswith(f"{stage_group(one)}-")), None)


def entry(name: str) -> StageEntry:
    """The row of a stage; raises KeyError for an unknown stage."""
    return {stage.name: stage for stage in TABLE}[name]
