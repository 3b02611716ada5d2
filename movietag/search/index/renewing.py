"""Migrates to a new version of an index: the old one answers searches until the new one is filled.

A mapping that changes by more than added fields gets a new index (``movietag.documents.VERSIONS``). The index
stage creates it and writes to it from then on; searches use the old one, through an alias of its vocabulary,
until `movietag recount` has filled the new one.
"""

from __future__ import annotations

from elasticsearch import AsyncElasticsearch

from movietag.documents import DEAD_LETTERS, index_name, older_names, read_name
from movietag.search.client import connected, count_documents, index_errors
from movietag.search.index.ensuring import alias_actions, current_indices, ensure_indices
from movietag.settings import Settings
from movietag.vocabulary import Vocabulary, load


async def outdated(es: AsyncElasticsearch, vocabulary: Vocabulary) -> list[str]:
    """The indices of an earlier version in which a vocabulary's documents are still searched.

    Raises:
        TransientError: the server is unreachable, busy or refuses the login.
    """
    with index_errors(es):
        current = await current_indices(es, vocabulary)
    now = {index_name(alias, vocabulary.vocabulary_id) for alias in current}
    return [index for index in current.values() if index not in now]


async def outdated_of(settings: Settings) -> list[str]:
    """Like ``outdated``, for the configured vocabulary; empty indices are renewed immediately."""
    vocabulary = load(settings.vocabulary, settings.match)
    async with connected(settings) as es:
        names = await outdated(es, vocabulary)
        if not names:
            return []
        with index_errors(es):
            if await count_documents(es, names):
                return names
        await ensure_indices(es, vocabulary)
        await renew(es, vocabulary)
        return []


async def renew(es: AsyncElasticsearch, vocabulary: Vocabulary) -> None:
    """Point searches at the current indices and delete those of earlier versions. Call it when the new ones are full.

    Does nothing if there are none. A public alias (`movies`) moves, too, if it pointed at the old index.

    Raises:
        TransientError: the server is unreachable, busy or refuses the login.
    """
    with index_errors(es):
        old = {
            alias: index
            for alias, index in (await current_indices(es, vocabulary)).items()
            if index != index_name(alias, vocabulary.vocabulary_id) and alias != DEAD_LETTERS
        }
        if not old:
            return
        public = {alias: await _points_at(es, alias, index) for alias, index in old.items()}
        now = {alias: index_name(alias, vocabulary.vocabulary_id) for alias in old}
        actions = alias_actions({alias: now[alias] for alias in old if public[alias]})
        for alias, index in old.items():
            read = read_name(alias, vocabulary.vocabulary_id)
            actions.append({"remove": {"index": index, "alias": read, "must_exist": False}})
            actions.append({"add": {"index": now[alias], "alias": read}})
        await es.indices.update_aliases(actions=actions)
        for alias in old:
            for index in older_names(alias, vocabulary.vocabulary_id):
                await es.options(ignore_status=404).indices.delete(index=index)


async def _points_at(es: AsyncElasticsearch, alias: str, index: str) -> bool:
    return bool(await es.indices.exists_alias(name=alias, index=index))
