"""Indices that belong to no vocabulary, e.g. evaluations: each alias has one or more indices."""

from __future__ import annotations

from typing import Any

import msgspec
from elasticsearch import AsyncElasticsearch, BadRequestError

from movietag.search.client import transient_errors
from movietag.search.index.ensuring import extend_mapping
from movietag.search.index.mappings import meta
from movietag.search.index.schema import SETTINGS, field_mappings
from movietag.vocabulary import load


def standalone_mapping(body: type[msgspec.Struct]) -> dict[str, Any]:
    """The strict mapping of an index, generated from the fields of its body."""
    made = {"dynamic": "strict", "properties": field_mappings(body, load("mpst"))}
    return {**made, "_meta": meta(1, made)}


async def ensure_standalone(
    es: AsyncElasticsearch, index: str, alias: str, body: type[msgspec.Struct]
) -> None:
    """Create the index and add it to the alias; add missing fields to an existing one.

    Raises:
        TransientError: the server is unreachable, busy or refuses the login.
        ApiError: the server refuses the index.
        UsageError: a field exists with another definition.
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
