"""The indices that the current count does not write: of other vocabularies, or of an earlier version.

The former are being filled by a retag, or left behind by one; the latter answer searches until a recount has
filled the new ones. Only the count of the current vocabulary is sure to run, so when it deletes a movie, the
movie's documents in the other indices are deleted, too. When a retag or recount is done, these indices are
deleted themselves.

"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, Final

from elasticsearch import AsyncElasticsearch
from elasticsearch.helpers import async_scan

from movietag.documents import FRAMES, MOVIE_TAGS, MOVIES, Json, index_name, older_names
from movietag.records import Document
from movietag.rules.publishing import version
from movietag.search.client import transient_errors
from movietag.search.index.writer import write_bulk

ALIASES: Final = (MOVIES, MOVIE_TAGS, FRAMES)


async def other_indices(es: AsyncElasticsearch, vocabulary_id: str) -> dict[str, str]:
    """Our indices of other vocabularies, of any version -> the vocabulary's id. Foreign indices are left out.

    Raises:
        TransientError: the server is unreachable, busy or refuses the login.
    """
    indices = await _ours(es)
    return {name: other for name, other in indices.items() if other != vocabulary_id}


async def _ours(es: AsyncElasticsearch) -> dict[str, str]:
    """All our indices -> the id of their vocabulary; raises like ``other_indices``."""
    return {name: str(meta["vocabulary"]) for name, meta in (await indices_of_ours(es)).items()}


async def indices_of_ours(es: AsyncElasticsearch) -> dict[str, Json]:
    """All our indices, of any vocabulary and version -> their `_meta`; raises like ``other_indices``."""
    with transient_errors(es):
        mappings = await es.indices.get_mapping(
            index=[f"{alias}-*" for alias in ALIASES], filter_path="*.mappings._meta"
        )
    metas = {name: index["mappings"]["_meta"] for name, index in mappings.body.items()}
    return {
        name: meta for name, meta in metas.items() if name in _names(str(meta.get("vocabulary")))
    }


def _names(vocabulary_id: str) -> set[str]:
    """The names of a vocabulary's indices, now and in earlier versions."""
    earlier = {name for alias in ALIASES for name in older_names(alias, vocabulary_id)}
    return earlier | {index_name(alias, vocabulary_id) for alias in ALIASES}


class OtherVocabularies:
    """Repeats the current count's deletions in other vocabularies' indices and in those of earlier versions.

    Args:
        es: a client of the server with the indices.
        vocabulary_id: of the current vocabulary.
    """

    def __init__(self, es: AsyncElasticsearch, vocabulary_id: str) -> None:
        self._es, self._vocabulary_id = es, vocabulary_id
        self._ends: dict[str, int] = {}  # `movies` documents -> the generation that deleted them

    async def delete(self, documents: Sequence[Document]) -> None:
        """Delete the movies that these documents delete from `movies` of the current vocabulary.

        Raises:
            TransientError: the server is unreachable, busy or refuses the login, or an index has just been deleted.
        """
        movies = index_name(MOVIES, self._vocabulary_id)
        ends: dict[str, int] = {}
        for one in documents:
            if one.deleted and one.index == movies:
                ends[one.doc_id] = max(ends.get(one.doc_id, 0), version_generation(one.version))
        if ends and await self._delete(ends):
            self._ends |= ends

    async def delete_again(self) -> None:
        """Repeat the deletions: a retag in progress may have written the movies again.

        Call it periodically; it does nothing once there are no other indices. Raises like ``delete``.
        """
        if self._ends and not await self._delete(self._ends):
            self._ends.clear()

    async def _delete(self, ends: Mapping[str, int]) -> bool:
        """Delete documents up to these generations; whether there are other indices.

        A deletion may be repeated late, after the movie was added again: hence the generation. A deletion keeps the
        document's epoch and gets the highest version of the generation, so no write of an earlier generation brings
        the document back.

        """
        written = {index_name(alias, self._vocabulary_id) for alias in ALIASES}
        others = [name for name in await _ours(self._es) if name not in written]
        if not others:
            return False
        with transient_errors(self._es):  # refresh is off while an index is being filled
            await self._es.indices.refresh(index=others)
        deletions: list[Document] = []
        async for hit in _of_movies(self._es, others, ends):
            source, at = hit["_source"], int(hit["_version"])
            end = ends.get(f"{source['movie_id']}~{source['tagger']}", -1)
            if version_generation(at) <= end:
                later = max(at, version(at >> 48, end, 0))
                deletions.append(Document(hit["_index"], hit["_id"], later))
        await write_bulk(self._es, deletions, in_place=True)
        return True


def version_generation(number: int) -> int:
    """The generation within a document's version; see ``movietag.rules.publishing.version``."""
    return number >> 32 & 0xFFFF


async def _of_movies(
    es: AsyncElasticsearch, indices: Sequence[str], doc_ids: Iterable[str]
) -> AsyncIterator[dict[str, Any]]:
    """All documents of these documents' movies, of any tagger, with their versions."""
    movie_ids = sorted({doc_id.split("~", 1)[0] for doc_id in doc_ids})
    request = {
        "query": {"terms": {"movie_id": movie_ids}},
        "version": True,
        "_source": ["movie_id", "tagger"],
    }
    with transient_errors(es):
        async for hit in async_scan(es, index=",".join(indices), query=request):
            yield hit
