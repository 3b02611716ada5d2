"""The indices: their mappings, generated from the document bodies and the vocabulary.

``movietag.documents`` says which fields there are; this module only says where a field is more than
its Python type tells (``SPECIAL``). Everything is strict: a field or a tag that is not in the mapping
is refused, not guessed. Only what the smallest Elasticsearch distribution has is used, so the same
schema serves the embedded server and a full cluster.
"""

from __future__ import annotations

import asyncio
import types
import typing
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec
from elasticsearch import ApiError, AsyncElasticsearch, BadRequestError, NotFoundError

from movietag import documents
from movietag.documents import (
    BODIES,
    VERSIONS,
    has_tag_fields,
    index_name,
    older_names,
    read_name,
)
from movietag.errors import UsageError
from movietag.records import Failure
from movietag.records.wire import MORE
from movietag.search.client import address, reason_of, transient_errors
from movietag.search.index.mappings import Differs, additions, meta
from movietag.vocabulary import Vocabulary, field_name, from_text, to_toml

SETTINGS_TEMPLATE = "movietag-settings"

Json = dict[str, Any]

SETTINGS: Json = {
    "number_of_shards": 1,
    "auto_expand_replicas": "0-1",
    "refresh_interval": "1s",
    # A deleted document's version is remembered for a day, so that a late older write cannot
    # bring the document back (the default is a minute).
    "gc_deletes": "1d",
}

KEYWORD: Json = {"type": "keyword", "ignore_above": 8191}  # 4 bytes each: Lucene's limit is 32,766
SORTED: Json = {**KEYWORD, "normalizer": "lowercase"}
TEXT: Json = {"type": "text"}
PLAIN: Mapping[object, Json] = {
    bool: {"type": "boolean"},
    int: {"type": "long"},
    float: {"type": "float"},
    str: KEYWORD,
}
STORED: Json = {"type": "keyword", "index": False, "doc_values": False}
DATE: Json = {"type": "date", "format": "epoch_millis"}
TITLE: Json = {
    "type": "text",
    "index_prefixes": {"min_chars": 1, "max_chars": 12},
    "fields": {"raw": KEYWORD, "sort": SORTED},
}
SPECIAL: Mapping[tuple[type, str], Json] = {
    (documents.MovieBody, "title"): TITLE,
    (documents.MovieBody, "reason"): TEXT,
    (documents.VideoState, "url"): STORED,
    (documents.VideoState, "title"): TEXT,
    (documents.VideoState, "reasons"): TEXT,
    (documents.VideoState, "reason"): TEXT,
    (documents.FrameBody, "caption"): TEXT,
    (documents.FrameBody, "link"): STORED,
    (documents.FrameBody, "confidence"): {"type": "object", "enabled": False},  # kept as it is
    (documents.LetterBody, "reason"): {**TEXT, "fields": {"raw": KEYWORD}},
    (documents.LetterBody, "preview"): TEXT,
    (Failure, "reason"): TEXT,
}


def mapping(alias: str, vocabulary: Vocabulary) -> Json:
    """The whole mapping of the index behind ``alias``."""
    of_letters = alias == documents.DEAD_LETTERS
    of_frames = alias == documents.FRAMES
    made: Json = {
        **(
            {"_source": {"excludes": [documents.VECTORS]}} if of_frames else {}
        ),  # nobody reads them
        "dynamic": "strict",
        "properties": properties(BODIES[alias], vocabulary),
    }
    of: Json = {"vocabulary": None if of_letters else vocabulary.vocabulary_id}
    if alias == documents.MOVIES:  # for those who search and have no file of it
        of |= {"name": vocabulary.name, "tags": to_toml(vocabulary), "match": vocabulary.rule}
    return {**made, "_meta": meta(VERSIONS[alias], made) | of}


async def searched(es: AsyncElasticsearch, own: Vocabulary) -> Vocabulary:
    """The vocabulary whose counts are searched: the one at whose index the alias `movies` points.

    The index says itself which it is; ``own`` is it where nothing says so.

    Raises:
        TransientError: the server is away, busy or refuses us.
    """
    with in_our_words(es):
        try:
            found = await es.indices.get_mapping(
                index=documents.MOVIES, filter_path="*.mappings._meta"
            )
        except NotFoundError:
            return own
    said: Json = next((index["mappings"]["_meta"] for index in found.body.values()), {})
    if said.get("vocabulary") == own.vocabulary_id or not {"name", "tags", "match"} <= said.keys():
        return own
    try:
        stands = from_text(said["name"], said["tags"], said["match"])
    except UsageError:  # of a newer version
        return own
    return stands if stands.vocabulary_id == said["vocabulary"] else own


def sorting(alias: str) -> Json:
    """How the documents of an index lie: frames as scenes show them.

    Then a search for the first ones need not sort all that fit.
    """
    return {"sort.field": list(documents.FRAME_ORDER)} if alias == documents.FRAMES else {}


def properties(struct: type[msgspec.Struct], vocabulary: Vocabulary) -> Json:
    """The mapping of each field of a struct."""
    hints = typing.get_type_hints(struct)
    return {
        field.encode_name: _property(struct, field.name, hints[field.name], vocabulary)
        for field in msgspec.structs.fields(struct)
        if field.encode_name != MORE
    }


def _property(
    struct: type[msgspec.Struct], name: str, hint: object, vocabulary: Vocabulary
) -> Json:
    if struct is documents.MovieBody and name in {"tags", "tag_vector"}:
        return _tags(vocabulary) if name == "tags" else _tag_vector(vocabulary)
    return SPECIAL.get((struct, name)) or _by_type(f"{struct.__name__}.{name}", hint, vocabulary)


def _by_type(name: str, hint: object, vocabulary: Vocabulary) -> Json:
    kind = _item(hint)
    if kind is int and name.endswith("_ms"):
        return DATE
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return {"properties": properties(kind, vocabulary)}
    if typing.get_origin(kind) is typing.Literal:
        return KEYWORD
    if found := PLAIN.get(kind):
        return found
    raise TypeError(f"Say in {__name__} how {name} ({hint}) is mapped.")


def _item(hint: object) -> object:
    """The type of a field without ``| None`` and without the tuple around it (a list of it)."""
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        (hint,) = (part for part in typing.get_args(hint) if part is not types.NoneType)
    if typing.get_origin(hint) is tuple:
        return typing.get_args(hint)[0]
    return hint


def _tags(vocabulary: Vocabulary) -> Json:
    if not has_tag_fields(vocabulary):
        return {"type": "object", "enabled": False}  # kept as it is; `tag_vector` finds it
    count = {"properties": properties(documents.TagCount, vocabulary)}
    return {"properties": {field_name(tag): count for tag in vocabulary.tags}}


def _tag_vector(vocabulary: Vocabulary) -> Json:
    if not has_tag_fields(vocabulary):
        return {"type": "sparse_vector"}
    return {
        "type": "dense_vector",
        "dims": len(vocabulary.tags),
        "similarity": "cosine",
        "index": True,
        "index_options": {"type": "hnsw"},  # named: the default quantises, and differs by version
    }


async def ensure_schema(es: AsyncElasticsearch, vocabulary: Vocabulary) -> None:
    """Make what is missing, and point the aliases at this vocabulary's indices, all in one step.

    An index whose documents are still in one of an earlier version is not pointed at: see
    ``movietag.search.index.renewing``. May be called by any number of workers at once and any number of times.

    Raises:
        as ``ensure_indices``.
    """
    await ensure_indices(es, vocabulary)
    with in_our_words(es):
        await refresh_every(es, vocabulary, SETTINGS["refresh_interval"])
        await es.indices.update_aliases(actions=pointing(await current_index(es, vocabulary)))


def own_indices(vocabulary: Vocabulary) -> list[str]:
    """The indices that no other vocabulary has."""
    own = (alias for alias in BODIES if alias != documents.DEAD_LETTERS)
    return [index_name(alias, vocabulary.vocabulary_id) for alias in own]


async def refresh_every(es: AsyncElasticsearch, vocabulary: Vocabulary, interval: str) -> None:
    """Set how often searches see what was written into a vocabulary's own indices; `-1`: never."""
    await es.indices.put_settings(
        index=own_indices(vocabulary), settings={"refresh_interval": interval}
    )


async def ensure_indices(es: AsyncElasticsearch, vocabulary: Vocabulary) -> None:
    """Make the templates and indices that are missing; an alias that points nowhere points at ours.

    An alias that points somewhere stays: another vocabulary may stand. The templates stand for the day
    when somebody deletes an index: a server that makes indices by itself makes it right.

    Raises:
        TransientError: the server is away, busy or refuses us.
        UsageError: what stands there is in the way, such as an index of another schema.
    """
    with in_our_words(es):
        await es.cluster.put_component_template(
            name=SETTINGS_TEMPLATE, template={"settings": {"index": SETTINGS}}
        )
        await asyncio.gather(*(_ensure_index(es, alias, vocabulary) for alias in BODIES))
        targets = await current_index(es, vocabulary)
        actions: list[Json] = []
        for alias, index in targets.items():
            read = read_name(alias, vocabulary.vocabulary_id)
            if alias != documents.DEAD_LETTERS and not await es.indices.exists_alias(name=read):
                actions.append({"add": {"index": index, "alias": read}})
            if not await es.indices.exists_alias(name=alias):
                actions += pointing({alias: index})
        if actions:
            await es.indices.update_aliases(actions=actions)


async def current_index(es: AsyncElasticsearch, vocabulary: Vocabulary) -> dict[str, str]:
    """The index, by alias, in which a vocabulary's documents are searched for.

    That of now; or one of an earlier version, if there is one, until ``movietag.search.index.renewing.renew``.
    """
    found: dict[str, str] = {}
    for alias in BODIES:
        name = index_name(alias, vocabulary.vocabulary_id)
        older = older_names(alias, vocabulary.vocabulary_id)
        try:
            pointed = await es.indices.get_alias(name=read_name(alias, vocabulary.vocabulary_id))
            found[alias] = next(iter(pointed.body))
        except NotFoundError:
            earlier = [one for one in older if await es.indices.exists(index=one)]
            found[alias] = earlier[0] if earlier else name
    return found


@contextmanager
def in_our_words(es: AsyncElasticsearch) -> Iterator[None]:
    """Turn what goes wrong with our indices into errors for people; raises as ``ensure_indices``."""
    try:
        with transient_errors(es):
            yield
    except ApiError as error:
        raise UsageError(
            f"Elasticsearch at {address(es)} refuses our indices: {reason_of(error)}."
        ) from None


async def _ensure_index(es: AsyncElasticsearch, alias: str, vocabulary: Vocabulary) -> None:
    name = index_name(alias, vocabulary.vocabulary_id)
    wanted = mapping(alias, vocabulary)
    await es.indices.put_index_template(
        name=f"movietag-{name}",
        index_patterns=[name],
        priority=500,
        composed_of=[SETTINGS_TEMPLATE],
        template={"mappings": wanted, "settings": {"index": sorting(alias)}},
    )
    try:
        await es.indices.create(index=name)
    except BadRequestError as error:
        if error.error != "resource_already_exists_exception":
            raise
    await extend_mapping(es, name, wanted)


async def extend_mapping(es: AsyncElasticsearch, name: str, wanted: Json) -> None:
    """Put what is new in a mapping into an index that is there; what is there beside stays: a newer version's.

    Raises:
        UsageError: a field is there and of another kind.
    """
    there = (await es.indices.get_mapping(index=name))[name]["mappings"]
    if there.get("_meta") == wanted["_meta"]:
        return
    try:
        new = additions(there.get("properties", {}), wanted["properties"])
    except Differs as error:
        raise UsageError(
            f"Index {name} at {address(es)} has another schema: {error}. If nothing of it is wanted, delete it"
            f" (curl -X DELETE {address(es)}/{name}) and let `movietag recount` fill it; or, of a stack on this"
            " machine, `movietag reset` empties it all."
        ) from None
    said = there.get("_meta", {})
    if new or "mapping" not in said:
        said = wanted["_meta"]
    elif not wanted["_meta"].keys() <= said.keys():  # a newer version's own stays
        said = wanted["_meta"] | said
    else:
        return
    await es.indices.put_mapping(index=name, properties=new, meta=said)


def pointing(targets: Mapping[str, str]) -> list[Json]:
    """The actions of one step, so that nobody ever sees two vocabularies mixed.

    Args:
        targets: alias -> index.
    """
    actions: list[Json] = []
    for alias, name in targets.items():
        remove = {"index": f"{alias}-*", "alias": alias, "must_exist": False}
        actions += [{"remove": remove}, {"add": {"index": name, "alias": alias}}]
    return actions
