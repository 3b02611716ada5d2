"""Indices that lack documents: the mark in their ``_meta`` that says so, until they are filled again.

An index that was deleted is created again, empty; searches then miss whatever was in it, and nothing fails. The mark
is set with the creation itself. It is also in the template, since a server may create a missing index on its own.

The other way round, an index may hold documents of which Kafka knows nothing: Kafka's data was lost.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from elasticsearch import AsyncElasticsearch

from movietag.documents import BODIES, Json, index_name
from movietag.search.client import count_documents, index_errors
from movietag.vocabulary import Vocabulary

LOST: Final = "lost"  # the key in `_meta`
DELETED: Final = "deleted"  # its values: documents are missing,
UNBACKED: Final = (
    "unbacked"  # documents follow from no fact of Kafka, whose data was lost or is another's,
)
FILLING: Final = "filling"  # are being written again,
WHOLE: Final = ""  # or none is missing; an index without the key is whole


def with_loss(meta: Json, state: str) -> Json:
    """The ``_meta`` of an index in this state."""
    return {**meta, LOST: state}


def without_loss(meta: Json) -> Json:
    """The ``_meta`` as the mapping defines it."""
    return {key: value for key, value in meta.items() if key != LOST}


async def index_losses(es: AsyncElasticsearch, vocabulary: Vocabulary) -> dict[str, str]:
    """Each existing index of a vocabulary, and that of letters -> its state; raises as ``ensure_indices``."""
    names = [index_name(alias, vocabulary.vocabulary_id) for alias in BODIES]
    metas = await _metas(es, names)
    return {name: str(meta.get(LOST, WHOLE)) for name, meta in metas.items()}


async def mark_filling(es: AsyncElasticsearch, names: Collection[str]) -> None:
    """Note that all documents of these indices are written again from now on; raises as ``ensure_indices``."""
    await _change(es, names, {DELETED, UNBACKED}, FILLING)


async def mark_filled(es: AsyncElasticsearch, names: Collection[str]) -> None:
    """Note that this is done; an index that was deleted meanwhile keeps its mark. Raises as ``ensure_indices``."""
    await _change(es, names, {FILLING}, WHOLE)


async def mark_unbacked(es: AsyncElasticsearch, names: Collection[str]) -> None:
    """Note that those of these indices that hold anything follow from no fact; raises as ``ensure_indices``."""
    for name in names:
        with index_errors(es):
            count = await count_documents(es, name)
        if count:
            await _change(es, [name], {WHOLE}, UNBACKED)


async def _change(
    es: AsyncElasticsearch, names: Collection[str], before: Collection[str], after: str
) -> None:
    for name, meta in (await _metas(es, names)).items():
        if meta.get(LOST, WHOLE) in before:
            with index_errors(es):
                await es.indices.put_mapping(index=name, meta=with_loss(meta, after))


async def _metas(es: AsyncElasticsearch, names: Collection[str]) -> dict[str, Json]:
    with index_errors(es):
        found = await es.indices.get_mapping(index=list(names), ignore_unavailable=True)
    return {name: index["mappings"].get("_meta", {}) for name, index in found.body.items()}
