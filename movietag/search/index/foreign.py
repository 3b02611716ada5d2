"""Names that somebody else has in Elasticsearch: an index called `frames`, or an alias of that name on others' indices."""

from __future__ import annotations

import re

from elasticsearch import AsyncElasticsearch, NotFoundError

from movietag.documents import BODIES, DEAD_LETTERS, Json, vocabulary_of
from movietag.errors import UsageError
from movietag.search.client import address, index_errors


async def refuse_foreign(es: AsyncElasticsearch) -> None:
    """Require that each of our aliases is free, or lies on indices of ours.

    Raises:
        TransientError: the server is unreachable, busy or refuses the login.
        UsageError: somebody else has a name; the text says which index.
    """
    for alias in BODIES:
        foreign = await _foreign(es, alias)
        if foreign:
            what = "is an index" if alias in foreign else f"is an alias of {', '.join(foreign)}"
            raise UsageError(
                f"`{alias}` at {address(es)} {what}, which is not movietag's. It needs the names"
                f" {', '.join(BODIES)} and leaves other people's alone: begin its own names with a prefix"
                " (MOVIETAG_INDEX_PREFIX), name another Elasticsearch by MOVIETAG_ELASTICSEARCH, or rename that one."
            )


async def _foreign(es: AsyncElasticsearch, alias: str) -> list[str]:
    """The indices of others that a name leads to."""
    with index_errors(es):
        try:
            led = await es.indices.get_alias(index=alias)
            said = await es.indices.get_mapping(index=alias, filter_path="*.mappings._meta")
        except NotFoundError:
            return []
    metas = {name: index["mappings"]["_meta"] for name, index in said.body.items()}
    return sorted(name for name in led.body if not _is_ours(name, metas.get(name, {})))


def _is_ours(name: str, meta: Json) -> bool:
    """Whether an index says that it is ours, in any version."""
    if re.fullmatch(rf"{re.escape(DEAD_LETTERS)}(-v\d+)?", name):
        return bool(meta)
    return bool(meta.get("vocabulary")) and vocabulary_of(name) == meta["vocabulary"]
