"""Indices that belong to no vocabulary, such as evaluations: one index or more behind an alias each."""

from __future__ import annotations

from typing import Any

import msgspec
from elasticsearch import AsyncElasticsearch, BadRequestError

from movietag.search.client import transient_errors
from movietag.search.index.mappings import meta
from movietag.search.index.schema import SETTINGS, extend_mapping, properties
from movietag.vocabulary import load


def standalone_mapping(body: type[msgspec.Struct]) -> dict[str, Any]:
    """The strict mapping of an index, from the fields of the body."""
    made = {"dynamic": "strict", "properties": properties(body, load("mpst"))}
    return {**made, "_meta": meta(1, made)}


async def ensure_standalone(
    es: AsyncElasticsearch, index: str, alias: str, body: type[msgspec.Struct]
) -> None:
    """Make the index and let the alias point at it too; give one that is there the fields that are new.

    Raises:
        TransientError: the server is away, busy or refuses us.
        ApiError: it does not want the index.
        UsageError: a field is there and of another kind.
    """
    mapping = standalone_mapping(body)
    try:
        with transient_errors(es):
            await es.indices.create(
                index=index, mappings=mapping, settings={"index": SETTINGS}, aliases={alias: {}}
            )
    except BadRequestError as error:
        if error.error != "resource_already_exists_exception":
            raise
        with transient_errors(es):
            await extend_mapping(es, index, mapping)
