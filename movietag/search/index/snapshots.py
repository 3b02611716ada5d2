"""`stage_metrics`: what each stage did and has pending, every few seconds, for dashboards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec
from elasticsearch import AsyncElasticsearch

from movietag.index_names import alias_of
from movietag.records import Document
from movietag.search.index.standalone import ensure_standalone
from movietag.search.index.writer import Rejected, write_bulk

ALIAS: Final = alias_of("stage_metrics")


class SnapshotBody(msgspec.Struct, frozen=True):
    """One agent of one process of a stage, since the previous snapshot.

    Attributes:
        stage: e.g. ``fetch``.
        process: host and process id.
        agent: short name of the topic that it consumes.
        ready: whether ``/readyz`` would answer 200.
        seconds: since the previous snapshot, or since the process started.
        events: events done and acknowledged in this time.
        handle_s: mean seconds from taking an entry (an event or a batch) to the end of its work; null without one.
        in_flight: entries taken and not acknowledged.
        oldest_s: age of the oldest of them.
        lag: uncommitted messages in this process's partitions; null until measured.
    """

    stage: str
    process: str
    agent: str
    ready: bool
    seconds: float
    events: int
    handle_s: float | None
    in_flight: int
    oldest_s: float
    lag: int | None
    at_ms: int


def index_of(at_ms: int) -> str:
    """The index of a time: one per month, so old ones can be deleted whole."""
    month = datetime.fromtimestamp(at_ms / 1000, UTC)
    return f"{ALIAS}-v1-{month:%Y-%m}"


def snapshot_document(body: SnapshotBody) -> Document:
    """The document of a snapshot."""
    key = f"{body.process}~{body.agent}~{body.at_ms}"
    return Document(index_of(body.at_ms), key, 1, msgspec.Raw(msgspec.json.encode(body)))


async def write_snapshots(es: AsyncElasticsearch, bodies: Sequence[SnapshotBody]) -> list[Rejected]:
    """Write snapshots of one time; creates the month's index.

    Raises:
        TransientError: the server is unreachable, busy or refuses the login.
        ApiError: the server refuses the index.
    """
    documents = [snapshot_document(body) for body in bodies]
    if documents:
        await ensure_standalone(es, documents[0].index, ALIAS, SnapshotBody)
    return await write_bulk(es, documents)
