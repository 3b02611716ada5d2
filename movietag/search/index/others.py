"""The indices that the count in use does not write: of other vocabularies, or of an earlier version.

The former are half filled by a retag, or left by one; the latter answer searches until a recount has filled
those of now. Only the count of the vocabulary in use is sure to run. So when it deletes a movie, what the others
hold of the movie is deleted with it; and once a retag or recount is done, they are deleted themselves.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, Final

from elasticsearch import AsyncElasticsearch
from elasticsearch.helpers import async_scan

from movietag.documents import FRAMES, MOVIE_TAGS, MOVIES, index_name, older_names
from movietag.records import Document
from movietag.rules.publishing import version
from movietag.search.client import transient_errors
from movietag.search.index.writer import write

ALIASES: Final = (MOVIES, MOVIE_TAGS, FRAMES)


async def other_indices(es: AsyncElasticsearch, vocabulary_id: str) -> dict[str, str]:
    """Our indices of other vocabularies, of any version -> the vocabulary's id; of nobody else's indices.

    Raises:
        TransientError: the server is away, busy or refuses us.
    """
    found = await _ours(es)
    return {name: other for name, other in found.items() if other != vocabulary_id}


async def _ours(es: AsyncElasticsearch) -> dict[str, str]:
    """All our indices -> the id of their vocabulary; raises as ``other_indices``."""
    with transient_errors(es):
        found = await es.indices.get_mapping(
            index=[f"{alias}-*" for alias in ALIASES], filter_path="*.mappings._meta"
        )
    claims = {
        name: str(index["mappings"]["_meta"].get("vocabulary"))
        for name, index in found.body.items()
    }
    return {name: claimed for name, claimed in claims.items() if name in _names(claimed)}


def _names(vocabulary_id: str) -> set[str]:
    """What the indices of a vocabulary are called, or were in earlier versions."""
    earlier = {name for alias in ALIASES for name in older_names(alias, vocabulary_id)}
    return earlier | {index_name(alias, vocabulary_id) for alias in ALIASES}


class OtherVocabularies:
    """Deletes in other vocabularies' indices, and in those of earlier versions, what the count in use has deleted.

    Args:
        es: where they are.
        vocabulary_id: of the vocabulary in use.
    """

    def __init__(self, es: AsyncElasticsearch, vocabulary_id: str) -> None:
        self._es, self._vocabulary_id = es, vocabulary_id
        self._ends: dict[str, int] = {}  # `movies` documents -> the generation that deleted them

    async def delete(self, documents: Sequence[Document]) -> None:
        """Delete the movies among these documents that are deletions in `movies` of the vocabulary in use.

        Raises:
            TransientError: the server is away, busy or refuses us, or an index has just been deleted.
        """
        movies = index_name(MOVIES, self._vocabulary_id)
        ends: dict[str, int] = {}
        for one in documents:
            if one.deleted and one.index == movies:
                ends[one.doc_id] = max(ends.get(one.doc_id, 0), generation_of(one.version))
        if ends and await self._delete(ends):
            self._ends |= ends

    async def delete_again(self) -> None:
        """Delete the same movies once more: a retag that was under way may have written them since.

        To be called now and then; there is nothing to do once there are no other indices. Raises as ``delete``.
        """
        if self._ends and not await self._delete(self._ends):
            self._ends.clear()

    async def _delete(self, ends: Mapping[str, int]) -> bool:
        """Delete what is not of a later generation; whether there are other indices.

        A deletion may come again, late, when the movie was added anew: hence the generation. What is deleted
        keeps its epoch, and is deleted as late as the generation allows, so that no write of a generation
        before brings it back.
        """
        written = {index_name(alias, self._vocabulary_id) for alias in ALIASES}
        others = [name for name in await _ours(self._es) if name not in written]
        if not others:
            return False
        with transient_errors(self._es):  # what is being filled is not refreshed by itself
            await self._es.indices.refresh(index=others)
        found: list[Document] = []
        async for hit in _of_movies(self._es, others, ends):
            source, at = hit["_source"], int(hit["_version"])
            end = ends.get(f"{source['movie_id']}~{source['tagger']}", -1)
            if generation_of(at) <= end:
                later = max(at, version(at >> 48, end, 0))
                found.append(Document(hit["_index"], hit["_id"], later))
        await write(self._es, found, in_place=True)
        return True


def generation_of(number: int) -> int:
    """The generation in a document's version, see ``movietag.rules.publishing.version``."""
    return number >> 32 & 0xFFFF


async def _of_movies(
    es: AsyncElasticsearch, indices: Sequence[str], doc_ids: Iterable[str]
) -> AsyncIterator[dict[str, Any]]:
    """All documents of the movies of these documents, of whatever tagger, with their versions."""
    movie_ids = sorted({doc_id.split("~", 1)[0] for doc_id in doc_ids})
    asked = {
        "query": {"terms": {"movie_id": movie_ids}},
        "version": True,
        "_source": ["movie_id", "tagger"],
    }
    with transient_errors(es):
        async for hit in async_scan(es, index=",".join(indices), query=asked):
            yield hit
