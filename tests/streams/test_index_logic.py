"""What the index stage does with documents and letters, in process: batches, refusals, indices that are gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest
from aiokafka.errors import KafkaTimeoutError
from msgspec.json import encode as encoded
from support.stage_bench import Bench
from support.stage_fakes import event

from movietag import topics
from movietag.errors import PermanentError, TransientError
from movietag.records import Document, MovieEvent, decode, encode
from movietag.search.index.writer import Rejected
from movietag.streams.failures.dead_letters import letter_for
from movietag.streams.handlers.announcer import Announcer
from movietag.streams.handlers.document_indexer import DocumentIndexer, LetterIndexer
from movietag.streams.handlers.index_writer import IndexWriter

OWN, OTHER = "movies-own", "movies-other"
AWAY = TransientError("Elasticsearch is away.")


class Indexing(Bench):
    """The index stage. ``answers`` are Elasticsearch's to each writing, one after another; none: it takes all."""

    def __init__(self, *answers: Exception | list[Rejected], vectors: Any = None) -> None:
        super().__init__("index")
        self.answers = list(answers)
        self.others = {OTHER}  # indices of other vocabularies
        self.noted: list[tuple[Mapping[str, int], int]] = []
        self.writer = IndexWriter(
            own=(OWN, "dead_letters-v1"),
            exists=self._exists,
            make=self._make,
            write=self._write,
            vectors=vectors,
            step=self.metrics.step,
        )
        self.events = self.topic("events", lambda value: decode(MovieEvent, value))
        self.announcer = Announcer(self.events, OWN, lambda: "0a1b")

    async def _exists(self, index: str) -> bool:
        return index in self.others

    async def _make(self) -> None:
        self.effects.append("made")

    async def _write(
        self, documents: Sequence[Document], *, terms: dict[str, int] | None = None
    ) -> list[Rejected]:
        self.effects.append("wrote " + " ".join(document.doc_id for document in documents))
        answer = self.answers.pop(0) if self.answers else []
        if isinstance(answer, Exception):
            raise answer
        if terms is not None:
            terms.update({document.index: 3 for document in documents})
        return answer

    async def delete(self, documents: Sequence[Document]) -> None:
        gone = [document.doc_id for document in documents if document.deleted]
        if gone:
            self.effects.append("others delete " + " ".join(gone))

    def written(self, terms: Mapping[str, int], oldest_ms: int) -> None:
        self.noted.append((dict(terms), oldest_ms))

    async def index(self, *events: Any, most: int = 500) -> list[str]:
        indexer = DocumentIndexer(self.writer, self, self, self.announcer, self.settling)
        return await self.handle(indexer.handling(most), *events)

    async def index_letters(self, *events: Any) -> list[str]:
        return await self.handle(LetterIndexer(self.writer).handling(500), *events)


def document(name: str, offset: int = 0, index: str = OWN, *, deleted: bool = False) -> Any:
    body = msgspec.Raw(b"null" if deleted else b'{"title":"Heat"}')
    found = Document(index, name, 7, body)
    return event(topics.DOCUMENTS.name, encode(found), offset=offset, key=found.key)


def letter(offset: int = 0) -> Any:
    source = event(topics.TITLES.name, b"rubbish", offset=offset)
    made = letter_for(source, "plan", PermanentError("bad-title", "No title."))
    headers = {topics.LETTER_HEADER: encode(made)}
    return event(topics.DEAD_LETTERS.name, b"rubbish", offset=offset, headers=headers)


async def test_a_batch_is_written_whole_then_acked_in_order() -> None:
    bench = Indexing()
    assert await bench.index(document("a"), document("b", 1)) == ["wrote a b", "acked 0", "acked 1"]
    assert bench.noted == [({OWN: 3}, 1000)]


async def test_one_batch_after_another() -> None:
    bench = Indexing()
    effects = await bench.index(document("a"), document("b", 1), document("c", 2), most=2)
    assert effects == ["wrote a b", "acked 0", "acked 1", "wrote c", "acked 2"]


async def test_the_same_documents_again_are_written_again() -> None:
    bench = Indexing()
    for _ in range(2):  # their versions say that it changes nothing
        assert await bench.index(document("a")) == ["wrote a", "acked 0"]


async def test_elasticsearch_is_waited_for_and_its_indices_are_made_again() -> None:
    bench = Indexing(AWAY, AWAY)
    assert await bench.index(document("a"), document("b", 1)) == [
        *["wrote a b", "made"] * 2,
        "wrote a b",
        "acked 0",
        "acked 1",
    ]
    assert bench.pauses == [0.5, 1.0]


async def test_a_refused_document_becomes_a_letter_after_the_others_are_written() -> None:
    bench = Indexing([Rejected(1, "mapper_parsing_exception")])
    effects = await bench.index(document("a"), document("b", 1), document("c", 2))
    assert effects == ["wrote a b c", "letter bad-document", "acked 0", "acked 1", "acked 2"]
    assert bench.letters[0].offset == 1
    assert "refuses document movies-own/b: mapper" in bench.letters[0].reason


@pytest.mark.parametrize("index", ["movies-gone", "somebodys"])
async def test_a_document_for_no_index_is_not_written(index: str) -> None:
    bench = Indexing()
    effects = await bench.index(document("a", index=index), document("b", 1))
    assert effects == ["wrote b", "letter bad-document", "acked 0", "acked 1"]


async def test_rubbish_becomes_a_letter_whatever_else_has_to_be_tried_again() -> None:
    bench = Indexing(AWAY)
    rubbish = event(topics.DOCUMENTS.name, b"none", offset=1)
    effects = await bench.index(document("a"), rubbish)
    assert effects == ["wrote a", "made", "wrote a", "letter bad-record", "acked 0", "acked 1"]


async def test_another_vocabularys_index_is_asked_for_once_until_something_fails() -> None:
    bench = Indexing([], AWAY)
    await bench.index(document("a", index=OTHER))
    bench.others.clear()  # its retag was given up
    assert await bench.index(document("b", 1, index=OTHER)) == [
        "wrote b",
        "made",
        "wrote ",
        "letter bad-document",
        "acked 1",
    ]


async def test_a_deleted_movie_is_deleted_in_other_indices_before_it_is_acked() -> None:
    bench = Indexing()
    effects = await bench.index(document("a", deleted=True), document("b", 1))
    assert effects == ["wrote a b", "others delete a", "acked 0", "acked 1"]


class Vectors:
    """Gives all documents a vector, for which the index has no field at first."""

    def __init__(self) -> None:
        self.added = 0

    async def add(self, documents: list[Document]) -> list[Document]:
        self.added += 1
        return documents

    def lost(self, rejected: Sequence[Rejected]) -> bool:
        return bool(rejected)


async def test_an_index_that_was_made_anew_gets_its_field_of_vectors_again() -> None:
    vectors = Vectors()
    bench = Indexing([Rejected(0, "strict_dynamic_mapping")], vectors=vectors)
    assert await bench.index(document("a")) == ["wrote a", "made", "wrote a", "acked 0"]
    assert vectors.added == 2
    assert not bench.letters


async def test_letters_are_written_and_one_that_cannot_be_is_logged_only() -> None:
    bench = Indexing([Rejected(0, "too long")])
    rubbish = event(topics.DEAD_LETTERS.name, b"none", offset=1)
    effects = await bench.index_letters(letter(), rubbish, letter(2))
    assert [one.partition(" ")[0] for one in effects] == ["wrote", "acked", "acked", "acked"]
    assert not bench.letters


def ended(
    name: str, change: str = "complete", offset: int = 0, index: str = OWN, **fields: Any
) -> Any:
    """The document of a movie that has ended."""
    body = {
        "title": "Heat",
        "year": 1995,
        "status": "complete",
        "reason": "",
        "generation": 1,
        "images": 50,
        "tag_names": ["murder"],
        "tagger": "llava@1",
        "vocabulary": "own",
        "updated_ms": 1_700_000_000_250,
        **fields,
    }
    found = Document(index, f"{name}~llava@1", (1 << 32) + 7, msgspec.Raw(encoded(body)), change)
    return event(topics.DOCUMENTS.name, encode(found), offset=offset, key=found.key)


async def test_an_event_is_sent_once_the_document_is_written_and_before_it_is_acked() -> None:
    bench = Indexing(AWAY)
    assert await bench.index(ended("heat"), document("a", 1)) == [
        *["wrote heat~llava@1 a", "made"],
        "wrote heat~llava@1 a",
        "events <- movieevent",
        "acked 0",
        "acked 1",
    ]
    ((key, sent, _),) = bench.events.sent
    assert (key, sent.type, sent.id) == (
        b"heat",
        "movietag.movie.complete",
        f"heat/1/{(1 << 32) + 7}",
    )


async def test_a_document_that_comes_again_is_announced_again_with_the_same_id() -> None:
    bench = Indexing()
    for _ in range(2):
        await bench.index(ended("heat"))
    first, second = bench.events.records
    assert first == second


async def test_what_kafka_does_not_take_is_tried_again_with_its_document() -> None:
    bench = Indexing()
    bench.events.errors = [KafkaTimeoutError()]
    assert await bench.index(ended("heat")) == [
        "wrote heat~llava@1",
        "wrote heat~llava@1",
        "events <- movieevent",
        "acked 0",
    ]


async def test_nobody_hears_of_a_refused_document_or_of_a_second_count() -> None:
    bench = Indexing([Rejected(0, "mapper_parsing_exception")])
    effects = await bench.index(ended("heat"), ended("alien", offset=1, index=OTHER))
    assert not bench.events.sent
    assert effects[-2:] == ["acked 0", "acked 1"]


async def test_a_body_that_cannot_be_announced_holds_up_nothing() -> None:
    bench = Indexing()
    effects = await bench.index(ended("heat", status="running"), ended("alien", offset=1))
    assert effects[-2:] == ["acked 0", "acked 1"]
    assert [one.subject for one in bench.events.records] == ["alien"]
