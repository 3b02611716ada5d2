"""Whether a Kafka and an Elasticsearch belong together, by the mark of their library. Pure.

The mark is a random id that is made once. Kafka stores it in ``movietag.library``, with the id of the cluster of
Elasticsearch to which the library is written; each index has it in its `_meta`. So neither a second Kafka nor a
second Elasticsearch is taken for the library's own: a recount would delete the documents of another library, and two
Elasticsearches would get a part of the documents each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta

from movietag.errors import UsageError
from movietag.search.index.marks import SearchCluster

Id = Annotated[str, Meta(min_length=1, max_length=64)]


class LibraryMark(msgspec.Struct, frozen=True):
    """The row of a library: its mark, and the cluster of Elasticsearch to which it is written."""

    mark: Id
    search: Id

    @property
    def value(self) -> bytes:
        """It in its topic."""
        return msgspec.json.encode(self)


@dataclass(frozen=True, slots=True)
class TwoServers:
    """Where both servers are, for errors; ``one_home``: both are embedded, so they belong together."""

    kafka: str
    search: str
    one_home: bool = False


def common_mark(
    row: LibraryMark | None, new: str, found: SearchCluster, adopt: str, at: TwoServers
) -> LibraryMark:
    """The mark that both sides have from now on.

    What neither side has marked yet (a new library, or one of a version without marks) belongs together; so do the
    servers of one home, whichever of them has lost its data.

    Args:
        row: what Kafka stores; None: nothing.
        new: the mark of a library that has none.
        found: what Elasticsearch holds.
        adopt: the mark or the cluster that is taken over deliberately; else empty.
        at: the addresses.

    Raises:
        UsageError: they belong to different libraries; the text names both, and what takes over.
    """
    others = found.marks - {row.mark if row else ""}
    lost = at.one_home and row is None and len(others) == 1
    taken = next((one for one in others if lost or one == adopt), "")
    if others - {taken}:
        raise UsageError(_others_marks(row, sorted(others), at))
    if row is None:
        return LibraryMark(taken or new, found.cluster_id)
    if not (taken or at.one_home or found.cluster_id in (row.search, adopt)):
        raise UsageError(_other_cluster(row, found, at))
    return LibraryMark(row.mark, found.cluster_id)


def _others_marks(row: LibraryMark | None, others: list[str], at: TwoServers) -> str:
    held = f"holds the library {row.mark}" if row else "holds no library"
    return (
        f"Kafka at {at.kafka} {held}, and Elasticsearch at {at.search} has indices of the library"
        f" {', '.join(others)}: they do not belong together. Correct MOVIETAG_KAFKA or MOVIETAG_ELASTICSEARCH. If this"
        f" Kafka is to take these indices over, set MOVIETAG_ADOPT={others[0]} for one start; the next recount deletes"
        " the documents in them that do not follow from this Kafka's facts."
    )


def _other_cluster(row: LibraryMark, found: SearchCluster, at: TwoServers) -> str:
    state = "a copy of its indices" if row.mark in found.marks else "no index of it"
    return (
        f"The library {row.mark} in Kafka at {at.kafka} is written to the Elasticsearch cluster {row.search}, and the"
        f" one at {at.search} is {found.cluster_id}, with {state}. Correct MOVIETAG_KAFKA or MOVIETAG_ELASTICSEARCH. If"
        f" the library has moved there (a new server, a restored snapshot), set MOVIETAG_ADOPT={found.cluster_id} for"
        " one start, and run `movietag recount`; workers that write to the former cluster then stop."
    )
