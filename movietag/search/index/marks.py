"""The mark of a library in `_meta` of its indices: it says with which Kafka they belong together."""

from __future__ import annotations

from dataclasses import dataclass

from elasticsearch import AsyncElasticsearch

from movietag.search.client import index_errors
from movietag.search.index.others import indices_of_ours

KEY = "library"  # in `_meta`, next to the vocabulary


@dataclass(frozen=True, slots=True)
class SearchCluster:
    """A cluster of Elasticsearch: its id, and the marks that its indices of ours have."""

    cluster_id: str
    marks: frozenset[str]


async def read_marks(es: AsyncElasticsearch) -> SearchCluster:
    """The cluster, and the marks in it.

    Raises:
        TransientError: the server is unreachable, busy or refuses the login.
        UsageError: it refuses the request.
    """
    with index_errors(es):
        state = await es.cluster.state(metric="version", filter_path="cluster_uuid")
        metas = await indices_of_ours(es)
    return SearchCluster(
        str(state["cluster_uuid"]),
        frozenset(str(meta[KEY]) for meta in metas.values() if meta.get(KEY)),
    )


async def write_mark(es: AsyncElasticsearch, mark: str) -> None:
    """Give all our indices, of any vocabulary, this mark; raises like ``read_marks``."""
    with index_errors(es):
        for name, meta in (await indices_of_ours(es)).items():
            if meta.get(KEY) != mark:
                await es.indices.put_mapping(index=name, meta={**meta, KEY: mark})
