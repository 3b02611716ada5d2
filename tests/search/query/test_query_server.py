"""Queries on a real Elasticsearch, against what they mean worked out in Python over all documents."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
import pytest
from elasticsearch import AsyncElasticsearch
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st
from query_trees import has_phrase, leaves, trees
from support import sample_movies
from support.sample_movies import SAMPLES

from movietag.documents import FRAMES, MOVIES, FrameBody, index_name
from movietag.errors import UsageError
from movietag.records import Document
from movietag.search import joining
from movietag.search.converting import movie_from
from movietag.search.index.ensuring import ensure_schema
from movietag.search.index.writer import write_bulk
from movietag.search.query import Node, nodes
from movietag.search.query.evaluator import Evaluator, in_title
from movietag.search.query.nodes import And, Field, Not, Or, Tag, Text, TitleWords, Year
from movietag.search.query.normal_form import to_nnf
from movietag.search.query.unknown import with_unknown
from movietag.search.ranking import By, MovieSearch
from movietag.search.reader import Reader
from movietag.search.results import Movie
from movietag.search.scenes import frames
from movietag.vocabulary import Vocabulary, from_lines, load

pytestmark = pytest.mark.timeout(600)
TAGS = ["horror", "comedy", "gothic", "murder", "sci-fi", "romantic", "allegory"]
SAID = st.sampled_from(
    ["scene", "tag data", "horror", "gothic horror", "moon", "up", "harb", "dune"]
)
EXAMPLES = tried(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
MPST = load("mpst")
FRAMES_OF = {sample.movie_id: list(sample_movies.frame_bodies(sample)) for sample in SAMPLES}


def movies(vocabulary: Vocabulary) -> list[Movie]:
    return [movie_from(sample_movies.movie_body(sample, vocabulary)) for sample in SAMPLES]


def captioned(tree: Node) -> dict[nodes.Leaf, set[str]]:
    """By words: the movies that have them in a caption."""
    return {
        leaf: {
            one
            for one, shown in FRAMES_OF.items()
            if any(has_phrase(f.caption, leaf) for f in shown)
        }
        for leaf in nodes.leaves(tree)
        if isinstance(leaf, Text)
    }


def expected_movies(tree: Node, vocabulary: Vocabulary) -> set[str]:
    meaning = Evaluator(0.1, captioned(tree))
    return {one.movie_id for one in movies(vocabulary) if meaning.holds(to_nnf(tree), one)}


def shows(tree: Node, frame: FrameBody) -> bool:  # noqa: PLR0911
    """Whether a frame fits: written out anew, for frames have no ratios."""
    match tree:
        case And(parts):
            return all(shows(part, frame) for part in parts)
        case Or(parts):
            return any(shows(part, frame) for part in parts)
        case Not(part):
            return not shows(part, frame)
        case Tag(tag):
            return tag in frame.tags
        case Text():
            return has_phrase(frame.caption, tree) or in_title(tree, frame.title)
        case TitleWords():
            return tree.wanted.fits(frame.title, frame.year)
        case Year(first, last):
            return frame.year is not None and (first or 0) <= frame.year <= (last or 9999)
        case Field("movie", value):
            return frame.movie_id == value
        case Field("tagger", value, begins):
            return frame.tagger.startswith(value) if begins else frame.tagger == value
    raise TypeError(tree)


@EXAMPLES
@given(trees(leaves(TAGS, "movies", SAID)))
async def test_movies(reader: Reader, tree: Node) -> None:
    found = await reader.movies(MovieSearch(tree, limit=100))
    expected = expected_movies(tree, reader.vocabulary)
    assert {movie.movie_id for movie in found.movies} == expected
    assert found.total == len(found.movies)
    asked = expected_movies(with_unknown(to_nnf(tree)), reader.vocabulary)
    left_out = 0 if isinstance(found.left_out, msgspec.UnsetType) else found.left_out.movies
    assert left_out == len(asked - expected)


@EXAMPLES
@given(trees(leaves(TAGS, "frames", SAID)))
async def test_frames(reader: Reader, tree: Node) -> None:
    found = await frames(reader, tree, limit=1000)
    expected = {
        (frame.movie_id, frame.time)
        for shown in FRAMES_OF.values()
        for frame in shown
        if shows(tree, frame)
    }
    assert {(scene.movie_id, scene.time) for scene in found} == expected


@pytest.fixture
async def large(es: AsyncElasticsearch, vocabulary: Vocabulary) -> AsyncIterator[Reader]:
    """The samples under a vocabulary that has no field per tag."""
    made = from_lines(
        vocabulary.name,
        [*TAGS, "western", "feel-good", "cute", "dark", *(f"tag {n}" for n in range(400))],
    )
    await ensure_schema(es, made)
    documents = []
    for sample in SAMPLES:
        body = msgspec.to_builtins(sample_movies.movie_body(sample, made))
        body["tag_vector"] = {name: count["ratio"] for name, count in body["tags"].items()}
        encoded = msgspec.Raw(msgspec.json.encode(body))
        documents.append(
            Document(index_name(MOVIES, made.vocabulary_id), sample.movie_id, 1, encoded)
        )
        for frame in FRAMES_OF[sample.movie_id]:
            key = f"{sample.movie_id}~{frame.slot}"
            documents.append(sample_movies.document(FRAMES, key, frame, made))
    assert await write_bulk(es, documents) == []
    await es.indices.refresh(index=f"*-{made.vocabulary_id}-*")
    yield Reader(es, made, 0.1)
    for alias in (MOVIES, "movie_tags", FRAMES):
        name = index_name(alias, made.vocabulary_id)
        await es.indices.delete(index=name)
        await es.indices.delete_index_template(name=f"movietag-{name}")


@EXAMPLES
@given(trees(leaves(TAGS, "movies", SAID)))
async def test_movies_of_a_large_vocabulary(large: Reader, tree: Node) -> None:
    found = await large.movies(MovieSearch(tree, limit=100))
    assert {movie.movie_id for movie in found.movies} == expected_movies(tree, large.vocabulary)


async def test_each_answer_says_why(reader: Reader) -> None:
    lifts = await reader.lifts()
    where = reader.parse("(horror>=30% or western) and not comedy and text:scene")
    found = await reader.movies(MovieSearch(where, lifts=lifts))
    (barn,) = [movie for movie in found.movies if movie.movie_id == "barn"]
    why = msgspec.to_builtins(barn.why)
    assert [reason["condition"] for reason in why] == [
        "horror>=30%",
        "western",
        "not comedy",
        "text:scene",
    ]
    assert (why[0]["ratio"], why[0]["lift"]) == (0.3, round(lifts.lift("horror", 0.3), 4))
    assert why[3] == {"condition": "text:scene", "tag": None, "ratio": None, "lift": None}


@pytest.mark.parametrize(
    ("query", "by", "expected"),
    [
        ("horror", "ratio", ["grin", "harbor", "laugh", "barn"]),
        ("horror or comedy", "ratio", ["laugh", "grin", "harbor", "barn"]),
        ("horror", "title", ["barn", "laugh", "harbor", "grin"]),
        ("horror", "recency", ["grin", "laugh", "barn", "harbor"]),
        ("horror<40%  year:1970..1999", "ratio", ["barn", "dune-84", "up-close"]),  # by title
        ("text:up", "text", ["up", "up-close"]),
        ("text:horror and text:murder", "text", None),
    ],
)
async def test_ranks(reader: Reader, query: str, by: By, expected: list[str] | None) -> None:
    found = await reader.movies(MovieSearch(reader.parse(query), by))
    ids = [movie.movie_id for movie in found.movies]
    assert ids == expected if expected is not None else set(ids) == {"harbor", "laugh"}


async def test_nothing_to_rank_by_text(reader: Reader) -> None:
    with pytest.raises(UsageError, match="no text:WORDS"):
        await reader.movies(MovieSearch(reader.parse("horror and not text:scene"), "text"))


@pytest.mark.parametrize(
    "query", ["text:horror and comedy", "not text:scene or gothic", "text:up or dark"]
)
@pytest.mark.parametrize("by", ["title", "text"])
async def test_words_are_found_alike_among_few_and_among_all(
    reader: Reader, query: str, by: By, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = MovieSearch(reader.parse(f"({query}) or text:nothing"), by)
    few = await reader.movies(search)
    monkeypatch.setattr(joining, "MOST_MATCHING", 0)
    assert await reader.movies(search) == few
    assert few.total == len(expected_movies(search.where, reader.vocabulary))
