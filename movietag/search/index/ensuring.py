"""Creates missing templates, indices, fields and aliases, and says which indices are current."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

from elasticsearch import AsyncElasticsearch, BadRequestError, NotFoundError

from movietag import documents
from movietag.documents import BODIES, Json, index_name, older_names, read_name
from movietag.errors import UsageError
from movietag.index_names import template_of
from movietag.search.client import address, index_errors
from movietag.search.index.foreign import refuse_foreign
from movietag.search.index.losses import DELETED, WHOLE, with_loss, without_loss
from movietag.search.index.mappings import MappingConflict, additions
from movietag.search.index.refresh import refresh_again
from movietag.search.index.schema import SETTINGS, mapping, sort_settings
from movietag.search.index.versions import require_version
from movietag.vocabulary import Vocabulary, from_text

SETTINGS_TEMPLATE = template_of("settings")


async def current_vocabulary(es: AsyncElasticsearch, own: Vocabulary) -> Vocabulary:
    """The vocabulary whose counts are searched: that of the index behind the alias `movies`.

    The index names its vocabulary in `_meta`; ``own`` is returned if it does not.

    Raises:
        TransientError: the server is unreachable, busy or refuses the login.
    """
    with index_errors(es):
        try:
            mappings = await es.indices.get_mapping(
                index=documents.MOVIES, filter_path="*.mappings._meta"
            )
        except NotFoundError:
            return own
    meta: Json = next((index["mappings"]["_meta"] for index in mappings.body.values()), {})
    for one in (own, *own.earlier(by_default=True)):
        if meta.get("vocabulary") == one.vocabulary_id:
            return one
    if not {"name", "tags", "match"} <= meta.keys():
        return own
    try:
        current = from_text(meta["name"], meta["tags"], meta["match"])
    except UsageError:  # of a newer version
        return own
    return current if current.vocabulary_id == meta["vocabulary"] else own


async def ensure_schema(
    es: AsyncElasticsearch, vocabulary: Vocabulary, lost: Collection[str] = ()
) -> None:
    """Create what is missing, and point all aliases at this vocabulary's indices in one atomic step.

    An alias stays on an index of an earlier version until the new one is filled: see
    ``movietag.search.index.renewing``. Any number of workers may call this, at the same time and repeatedly.


    Raises like ``ensure_indices``.
    """
    await ensure_indices(es, vocabulary, lost)
    with index_errors(es):
        await refresh_again(es, vocabulary)
        await es.indices.update_aliases(
            actions=alias_actions(await current_indices(es, vocabulary))
        )


async def ensure_indices(
    es: AsyncElasticsearch, vocabulary: Vocabulary, lost: Collection[str] = ()
) -> None:
    """Create missing templates and indices; point aliases that do not exist at ours.

    An existing alias stays: another vocabulary may be current. The templates give an index that somebody
    deletes, and the server creates again, the right mapping.

    ``lost``: aliases whose documents were written before; an index of theirs that is created now lacks these, and
    is marked (``movietag.search.index.losses``).

    Raises:
        TransientError: the server is unreachable, busy or refuses the login.
        UsageError: the server is too old, or something conflicts, e.g. an index with another schema, or a name that is
            somebody else's.
    """
    await require_version(es)
    await refuse_foreign(es)
    with index_errors(es):
        await es.cluster.put_component_template(
            name=SETTINGS_TEMPLATE, template={"settings": {"index": SETTINGS}}
        )
        await asyncio.gather(
            *(_ensure_index(es, alias, vocabulary, lost=alias in lost) for alias in BODIES)
        )
        targets = await current_indices(es, vocabulary)
        actions: list[Json] = []
        for alias, index in targets.items():
            read = read_name(alias, vocabulary.vocabulary_id)
            if alias != documents.DEAD_LETTERS and not await es.indices.exists_alias(name=read):
                actions.append({"add": {"index": index, "alias": read}})
            if not await es.indices.exists_alias(name=alias):
                actions += alias_actions({alias: index})
        if actions:
            await es.indices.update_aliases(actions=actions)


async def current_indices(es: AsyncElasticsearch, vocabulary: Vocabulary) -> dict[str, str]:
    """Alias -> the index in which a vocabulary's documents are searched.

    An index of an earlier version, if one exists, until ``movietag.search.index.renewing.renew``; else today's.
    """
    current: dict[str, str] = {}
    for alias in BODIES:
        name = index_name(alias, vocabulary.vocabulary_id)
        older = older_names(alias, vocabulary.vocabulary_id)
        try:
            pointed = await es.indices.get_alias(name=read_name(alias, vocabulary.vocabulary_id))
            current[alias] = next(iter(pointed.body))
        except NotFoundError:
            earlier = [one for one in older if await es.indices.exists(index=one)]
            current[alias] = earlier[0] if earlier else name
    return current


async def _ensure_index(
    es: AsyncElasticsearch, alias: str, vocabulary: Vocabulary, *, lost: bool
) -> None:
    name = index_name(alias, vocabulary.vocabulary_id)
    wanted = mapping(alias, vocabulary)
    remade = {**wanted, "_meta": with_loss(wanted["_meta"], DELETED)}  # if the server creates it
    await es.indices.put_index_template(
        name=template_of(name),
        index_patterns=[name],
        priority=500,
        composed_of=[SETTINGS_TEMPLATE],
        template={"mappings": remade, "settings": {"index": sort_settings(alias)}},
    )
    if lost:  # an index of an earlier version still has them all
        older = older_names(alias, vocabulary.vocabulary_id)
        lost = not any([await es.indices.exists(index=one) for one in older])
    state = with_loss(wanted["_meta"], DELETED if lost else WHOLE)
    try:
        # All of it, not only by our template: another one, of a higher priority, may apply to the name.
        await es.indices.create(
            index=name,
            mappings={**wanted, "_meta": state},
            settings={"index": SETTINGS | sort_settings(alias)},
        )
    except BadRequestError as error:
        if error.error != "resource_already_exists_exception":
            raise
    await extend_mapping(es, name, wanted)


async def extend_mapping(es: AsyncElasticsearch, name: str, wanted: Json) -> None:
    """Add missing fields to an existing index; its additional fields stay, as they are a newer version's.

    Raises:
        UsageError: a field exists with another definition.
    """
    existing = (await es.indices.get_mapping(index=name))[name]["mappings"]
    meta = existing.get("_meta", {})
    if without_loss(meta) == wanted["_meta"]:
        return
    try:
        new = additions(existing.get("properties", {}), wanted["properties"])
    except MappingConflict as error:
        raise UsageError(
            f"Index {name} at {address(es)} has another schema: {error}. If its data is not needed, delete it"
            f" (curl -X DELETE {address(es)}/{name}) and let `movietag recount` fill it; or, for a stack on this"
            " machine, `movietag reset` deletes everything."
        ) from None
    if new or "mapping" not in meta:
        meta = meta | wanted["_meta"]
    elif not wanted["_meta"].keys() <= meta.keys():  # keep a newer version's own keys
        meta = wanted["_meta"] | meta
    else:
        return
    await es.indices.put_mapping(index=name, properties=new, meta=meta)


def alias_actions(targets: Mapping[str, str]) -> list[Json]:
    """The alias actions of one atomic step, so no search ever sees two vocabularies mixed.

    Args:
        targets: alias -> index.
    """
    actions: list[Json] = []
    for alias, name in targets.items():
        remove = {"index": f"{alias}-*", "alias": alias, "must_exist": False}
        actions += [{"remove": remove}, {"add": {"index": name, "alias": alias}}]
    return actions
