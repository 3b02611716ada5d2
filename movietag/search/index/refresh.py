"""Filling a vocabulary's indices while nobody searches in them: a third cheaper without refreshing."""

from __future__ import annotations

from elasticsearch import AsyncElasticsearch

from movietag.search.index.schema import SETTINGS, in_our_words, own_indices, refresh_every
from movietag.vocabulary import Vocabulary


async def has_indices(es: AsyncElasticsearch, vocabulary: Vocabulary) -> bool:
    """Whether all of a vocabulary's own indices are there; raises as ``ensure_indices``."""
    with in_our_words(es):
        return bool(await es.indices.exists(index=own_indices(vocabulary)))


async def pause_refreshing(es: AsyncElasticsearch, vocabulary: Vocabulary) -> None:
    """Let searches not see what is written from now on; raises as ``ensure_indices``."""
    with in_our_words(es):
        await refresh_every(es, vocabulary, "-1")


async def resume_refreshing(es: AsyncElasticsearch, vocabulary: Vocabulary) -> None:
    """Let searches see all that has been written by now, and within a second what follows.

    Raises:
        as ``ensure_indices``.
    """
    with in_our_words(es):
        await refresh_every(es, vocabulary, SETTINGS["refresh_interval"])
        await es.indices.refresh(index=own_indices(vocabulary))
