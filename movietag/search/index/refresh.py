"""Index refresh of a vocabulary: off while its indices are filled unsearched, which saves a third of the cost."""

from __future__ import annotations

from elasticsearch import AsyncElasticsearch

from movietag.documents import BODIES, DEAD_LETTERS, index_name
from movietag.search.client import index_errors
from movietag.search.index.schema import SETTINGS
from movietag.vocabulary import Vocabulary


async def has_indices(es: AsyncElasticsearch, vocabulary: Vocabulary) -> bool:
    """Whether all of a vocabulary's own indices exist; raises like ``ensure_indices``."""
    with index_errors(es):
        return bool(await es.indices.exists(index=own_indices(vocabulary)))


async def pause_refreshing(es: AsyncElasticsearch, vocabulary: Vocabulary) -> None:
    """Disable index refresh: searches do not see later writes; raises like ``ensure_indices``."""
    with index_errors(es):
        await refresh_every(es, vocabulary, "-1")


async def resume_refreshing(es: AsyncElasticsearch, vocabulary: Vocabulary) -> None:
    """Enable index refresh, and refresh immediately: searches see all writes so far, and later ones within 1 s.

    Raises like ``ensure_indices``.
    """
    with index_errors(es):
        await refresh_every(es, vocabulary, SETTINGS["refresh_interval"])
        await es.indices.refresh(index=own_indices(vocabulary))


def own_indices(vocabulary: Vocabulary) -> list[str]:
    """The indices of a vocabulary that it does not share with others."""
    own = (alias for alias in BODIES if alias != DEAD_LETTERS)
    return [index_name(alias, vocabulary.vocabulary_id) for alias in own]


async def refresh_again(es: AsyncElasticsearch, vocabulary: Vocabulary) -> None:
    """Enable index refresh where it is disabled; an interval that an operator has set stays.

    Raises like ``ensure_indices``.
    """
    with index_errors(es):
        found = await es.indices.get_settings(
            index=own_indices(vocabulary), name="index.refresh_interval", flat_settings=True
        )
        for name, one in found.body.items():
            if one["settings"].get("index.refresh_interval") == "-1":
                interval = SETTINGS["refresh_interval"]
                await es.indices.put_settings(index=name, settings={"refresh_interval": interval})


async def refresh_every(es: AsyncElasticsearch, vocabulary: Vocabulary, interval: str) -> None:
    """Set the refresh interval of a vocabulary's own indices; `-1`: never."""
    await es.indices.put_settings(
        index=own_indices(vocabulary), settings={"refresh_interval": interval}
    )
