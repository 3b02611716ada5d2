"""The mappings of the indices, generated from the document bodies and the vocabulary. Pure.

``movietag.documents`` defines the fields; this module only adds what a field's Python type does not say
(``SPECIAL``). Everything is strict: a field or tag that is not in the mapping is refused, not guessed. Only
features of the smallest Elasticsearch distribution are used, so the same schema serves the embedded server and
a full cluster.

"""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping

import msgspec

from movietag import documents
from movietag.documents import (
    BODIES,
    VERSIONS,
    Json,
    has_tag_fields,
)
from movietag.records import Failure
from movietag.records.wire import MORE
from movietag.search.index.mappings import meta
from movietag.vocabulary import Vocabulary, field_name, to_toml

SETTINGS: Json = {
    "number_of_shards": 1,
    "auto_expand_replicas": "0-1",
    "refresh_interval": "1s",
    # Remember the version of a deleted document for a day, so a late older write cannot
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
TITLE: Json = {"type": "text", "fields": {"raw": KEYWORD, "sort": SORTED}}
FORMS: Json = {
    "type": "text",
    "analyzer": "whitespace",
    "norms": False,
    "index_prefixes": {"min_chars": 1, "max_chars": 12},
}
SPECIAL: Mapping[tuple[type, str], Json] = {
    (documents.MovieBody, "title"): TITLE,
    (documents.MovieBody, "title_forms"): FORMS,
    (documents.MovieBody, "reason"): TEXT,
    (documents.VideoState, "url"): STORED,
    (documents.VideoState, "title"): TEXT,
    (documents.VideoState, "reasons"): TEXT,
    (documents.VideoState, "reason"): TEXT,
    (documents.FrameBody, "caption"): TEXT,
    (documents.FrameBody, "stems"): {"type": "text", "analyzer": "whitespace"},
    (documents.FrameBody, "link"): STORED,
    (documents.FrameBody, "confidence"): {"type": "object", "enabled": False},  # stored unindexed
    (documents.LetterBody, "reason"): {**TEXT, "fields": {"raw": KEYWORD}},
    (documents.LetterBody, "preview"): TEXT,
    (Failure, "reason"): TEXT,
}


def mapping(alias: str, vocabulary: Vocabulary) -> Json:
    """The whole mapping of the index behind ``alias``."""
    of_letters = alias == documents.DEAD_LETTERS
    of_frames = alias == documents.FRAMES
    made: Json = {
        **({"_source": {"excludes": [documents.VECTORS]}} if of_frames else {}),  # never read
        "dynamic": "strict",
        "properties": field_mappings(BODIES[alias], vocabulary),
    }
    of: Json = {"vocabulary": None if of_letters else vocabulary.vocabulary_id}
    if alias == documents.MOVIES:  # for readers without a file of it
        of |= {"name": vocabulary.name, "tags": to_toml(vocabulary), "match": vocabulary.rule}
    return {**made, "_meta": meta(VERSIONS[alias], made) | of}


def sort_settings(alias: str) -> Json:
    """The sort settings of an index: frames lie in the order of scenes.

    A search for the first ones then need not sort all matches.
    """
    return {"sort.field": list(documents.FRAME_ORDER)} if alias == documents.FRAMES else {}


def field_mappings(struct: type[msgspec.Struct], vocabulary: Vocabulary) -> Json:
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
        return {"properties": field_mappings(kind, vocabulary)}
    if typing.get_origin(kind) is typing.Literal:
        return KEYWORD
    if mapping := PLAIN.get(kind):
        return mapping
    raise TypeError(f"{__name__} has no mapping for {name} ({hint}): add one.")


def _item(hint: object) -> object:
    """The type of a field without ``| None`` and without the tuple around it (a list of it)."""
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        (hint,) = (part for part in typing.get_args(hint) if part is not types.NoneType)
    if typing.get_origin(hint) is tuple:
        return typing.get_args(hint)[0]
    return hint


def _tags(vocabulary: Vocabulary) -> Json:
    if not has_tag_fields(vocabulary):
        return {
            "type": "object",
            "enabled": False,
        }  # stored unindexed; searched through `tag_vector`
    count = {"properties": field_mappings(documents.TagCount, vocabulary)}
    return {"properties": {field_name(tag): count for tag in vocabulary.tags}}


def _tag_vector(vocabulary: Vocabulary) -> Json:
    if not has_tag_fields(vocabulary):
        return {"type": "sparse_vector"}
    return {
        "type": "dense_vector",
        "dims": len(vocabulary.tags),
        "similarity": "cosine",
        "index": True,
        "index_options": {
            "type": "hnsw"
        },  # explicit: the default quantises, and differs by version
    }
