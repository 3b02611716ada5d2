"""What another vocabulary's indices hold of a movie goes with it, and nothing newer."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import msgspec
import pytest
from elasticsearch import AsyncElasticsearch
from support.filled_index import aliases_of, clean_up
from support.records import TAGGER, caption, manifest, plan

from movietag.documents import MOVIES, index_name, older_names
from movietag.records import Document, Fact, MovieId, TaggerId
from movietag.rules.publishing import Publisher, version
from movietag.rules.tally import Facts, Matcher, Placed, tally
from movietag.search.index.ensuring import ensure_indices
from movietag.search.index.others import OtherVocabularies, other_indices
from movietag.search.index.refresh import own_indices, pause_refreshing
from movietag.search.index.schema import mapping
from movietag.search.index.writer import write_bulk
from movietag.vocabulary import Vocabulary, from_lines

ANOTHER = TaggerId("another@1")


@pytest.fixture
async def left(es: AsyncElasticsearch) -> AsyncIterator[Vocabulary]:
    """The vocabulary of a retag that was not finished: its indices are not refreshed by themselves."""
    aliases = await aliases_of(es)
    made = from_lines(f"left {uuid.uuid4().hex[:12]}", ["horror", "noir"])
    await ensure_indices(es, made)
    await pause_refreshing(es, made)
    yield made
    await clean_up(es, made, aliases)


def documents(
    vocabulary: Vocabulary,
    movie: str,
    generation: int,
    *,
    epoch: int = 0,
    tagger: TaggerId = TAGGER,
) -> list[Document]:
    """Those of a complete movie of two frames."""
    facts: list[Fact] = [
        plan("a", wanted=1, generation=generation, tagger=tagger),
        *(caption("a", slot, "Horror.", generation, tagger) for slot in range(2)),
        manifest("a", 2, generation),
    ]
    named = (msgspec.structs.replace(fact, movie_id=MovieId(movie)) for fact in facts)
    folded = Facts(Placed(offset, 0, fact) for offset, fact in enumerate(named))
    counted = tally(folded, Matcher(vocabulary))
    assert counted is not None
    return list(Publisher(vocabulary, epoch, "english").documents(folded, counted))


def deletion(
    vocabulary: Vocabulary, movie: str, generation: int, tagger: TaggerId = TAGGER
) -> Document:
    index = index_name(MOVIES, vocabulary.vocabulary_id)
    return Document(index, f"{movie}~{tagger}", version(0, generation, 1))


async def held(es: AsyncElasticsearch, vocabulary: Vocabulary) -> dict[str, int]:
    """How many documents its indices hold of each movie and tagger."""
    await es.indices.refresh(index=own_indices(vocabulary))
    answer = await es.search(index=own_indices(vocabulary), size=1000)
    found: dict[str, int] = {}
    for hit in answer["hits"]["hits"]:
        key = f"{hit['_source']['movie_id']}~{hit['_source']['tagger']}"
        found[key] = found.get(key, 0) + 1
    return found


ALL = 1 + 2 + 2  # of a movie: one of itself, its frames, its rows


async def test_a_movie_goes_with_its_frames_and_rows_and_no_other(
    es: AsyncElasticsearch, vocabulary: Vocabulary, left: Vocabulary
) -> None:
    wanted = {f"kept~{TAGGER}": ALL, f"gone-2~{TAGGER}": ALL, f"gone~{ANOTHER}": ALL}
    await write_bulk(es, documents(left, "gone", 1, epoch=3))  # of a count with a higher epoch
    for movie in ("kept", "gone-2"):
        await write_bulk(es, documents(left, movie, 1))
    await write_bulk(es, documents(left, "gone", 1, tagger=ANOTHER))
    assert await held(es, left) == {**wanted, f"gone~{TAGGER}": ALL}
    others = OtherVocabularies(es, vocabulary.vocabulary_id)
    await others.delete([*documents(vocabulary, "kept", 1), deletion(vocabulary, "gone", 2)])
    assert await held(es, left) == wanted


async def test_a_late_deletion_leaves_what_is_newer(
    es: AsyncElasticsearch, vocabulary: Vocabulary, left: Vocabulary
) -> None:
    others = OtherVocabularies(es, vocabulary.vocabulary_id)
    await write_bulk(es, documents(left, "heat", 1))
    await others.delete([deletion(vocabulary, "heat", 2)])
    assert await held(es, left) == {}
    await write_bulk(es, documents(left, "heat", 1))  # late, too
    assert await held(es, left) == {}
    await write_bulk(es, documents(left, "heat", 3))
    await others.delete([deletion(vocabulary, "heat", 2)])
    assert await held(es, left) == {f"heat~{TAGGER}": ALL}


async def test_what_is_written_after_the_deletion_goes_as_well(
    es: AsyncElasticsearch, vocabulary: Vocabulary, left: Vocabulary
) -> None:
    others = OtherVocabularies(es, vocabulary.vocabulary_id)
    await others.delete([deletion(vocabulary, "heat", 2), deletion(vocabulary, "ran", 2)])
    await write_bulk(es, documents(left, "heat", 1))  # by a retag that had read it before
    await write_bulk(es, documents(left, "ran", 3))
    await others.delete_again()
    assert await held(es, left) == {f"ran~{TAGGER}": ALL}


async def test_only_what_is_in_use_deletes_in_others(
    es: AsyncElasticsearch, vocabulary: Vocabulary, left: Vocabulary
) -> None:
    """A second count may be ahead of the one that is searched."""
    await ensure_indices(es, vocabulary)
    await write_bulk(es, documents(vocabulary, "heat", 1))
    await write_bulk(es, documents(left, "heat", 1))
    await OtherVocabularies(es, vocabulary.vocabulary_id).delete([deletion(left, "heat", 2)])
    assert await held(es, left) == {f"heat~{TAGGER}": ALL}
    assert await held(es, vocabulary) == {f"heat~{TAGGER}": ALL + 1}  # it has a tag more


async def test_what_is_deleted_goes_from_an_index_of_an_earlier_version(
    es: AsyncElasticsearch, vocabulary: Vocabulary
) -> None:
    """Searches are answered from there until a recount has filled the new one."""
    earlier, *_ = older_names(MOVIES, vocabulary.vocabulary_id)
    await es.indices.create(index=earlier, mappings=mapping(MOVIES, vocabulary))
    try:
        index = index_name(MOVIES, vocabulary.vocabulary_id)
        made = [one for movie in ("gone", "kept") for one in documents(vocabulary, movie, 1)]
        old = [msgspec.structs.replace(one, index=earlier) for one in made if one.index == index]
        assert await write_bulk(es, old) == []
        others = OtherVocabularies(es, vocabulary.vocabulary_id)
        await others.delete([deletion(vocabulary, "gone", 2)])
        await es.indices.refresh(index=earlier)
        hits = (await es.search(index=earlier))["hits"]["hits"]
        assert [hit["_id"] for hit in hits] == [f"kept~{TAGGER}"]
        assert earlier not in await other_indices(es, vocabulary.vocabulary_id)  # it is searched
    finally:
        await es.indices.delete(index=earlier)


async def test_indices_of_ours_only(
    es: AsyncElasticsearch, vocabulary: Vocabulary, left: Vocabulary
) -> None:
    stranger = f"movies-{uuid.uuid4().hex[:8]}"
    await es.indices.create(index=stranger, mappings={"_meta": {"vocabulary": "mine"}})
    try:
        found = await other_indices(es, vocabulary.vocabulary_id)
    finally:
        await es.indices.delete(index=stranger)
    ids = set(own_indices(left))
    assert ids <= set(found)
    assert {found[name] for name in ids} == {left.vocabulary_id}
    assert stranger not in found
    assert not set(found) & set(own_indices(vocabulary))
