"""The queries on a real Elasticsearch filled with known movies."""

from __future__ import annotations

import unicodedata

import msgspec
import pytest
from elasticsearch import AsyncElasticsearch
from support import sample_movies

from movietag.documents import FRAMES, MOVIES, MovieBody, index_name
from movietag.errors import TransientError, UsageError
from movietag.rules.spelling import title_key
from movietag.search import indices as indices_module
from movietag.search.index.ensuring import ensure_schema
from movietag.search.index.writer import write_bulk
from movietag.search.naming import NothingFound
from movietag.search.queries import LetterQuery
from movietag.search.query.nodes import TitleWords
from movietag.search.ranking import By, MovieSearch
from movietag.search.reader import Reader
from movietag.search.results import Letters, Movies
from movietag.search.scans import scan_movies, scan_rows
from movietag.search.scenes import SceneSearch, scenes
from movietag.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("horror", ["grin", "harbor", "laugh", "barn"]),
        ("horror>=30%", ["grin", "harbor", "laugh", "barn"]),  # the barn has exactly 0.3
        ("horror>=31%", ["grin", "harbor", "laugh"]),
        ("horror>=30% -comedy", ["grin", "harbor", "barn"]),  # the grin: comedy 8 %, below the cut
        ("horror>=30% -comedy>=8%", ["harbor", "barn"]),
        ("horror>=30% murder>=20%", ["harbor"]),
        ("horror murder", ["harbor", "laugh"]),  # by the sum of the ratios
        ("sci-fi -romantic", ["dune-21", "dune-84"]),
        ("horror comedy -horror", []),
        ("allegory", []),
    ],
)
async def test_movies_by_tags(reader: Reader, query: str, expected: list[str]) -> None:
    found = await reader.movies(MovieSearch(reader.parse(query)))
    assert [movie.movie_id for movie in found.movies] == expected
    assert found.total == len(expected)


async def test_a_movie_carries_its_tags_by_falling_ratio(reader: Reader) -> None:
    (movie,) = (await reader.movies(MovieSearch(TitleWords("moonl")))).movies
    assert list(movie.tags) == ["gothic", "horror", "murder"]
    assert movie.tags["gothic"].count == 63
    assert movie.tags["gothic"].ratio == 63 / 82
    assert [video.status for video in movie.videos] == ["fetched", "failed"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("title:dune", {"dune-84", "dune-21"}),
        ("title:dune status:running", {"dune-21"}),
        ("status:failed", {"none"}),
        ("title:달빛", {"dal"}),
        ("title:항구", {"dal"}),
        ("title:'moon harb'", {"harbor"}),
    ],
)
async def test_movies_by_title_and_status(reader: Reader, query: str, expected: set[str]) -> None:
    found = await reader.movies(MovieSearch(reader.parse(query)))
    assert {movie.movie_id for movie in found.movies} == expected


@pytest.mark.parametrize("by", ["text", "ratio"])
async def test_words_that_no_caption_says_find_nothing(reader: Reader, by: By) -> None:
    asked = reader.parse("text:quidnunc")
    assert await reader.movies(MovieSearch(asked, by)) == Movies(0, ())


async def test_the_limit_leaves_the_total(reader: Reader) -> None:
    found = await reader.movies(MovieSearch(limit=2))
    assert len(found.movies) == 2
    assert found.total == len(sample_movies.SAMPLES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("harbor", "harbor"),
        ("moonlit harbor", "harbor"),
        ("Moonlit Harbor (1998)", "harbor"),
        ("dune (2021)", "dune-21"),
        ("dune-84", "dune-84"),
        ("up", "up"),
        ("up c", "up-close"),
        ("달빛 항구", "dal"),
        (sample_movies.EVIL, "evil"),
        ("Moonlit   Harbor(1998)", "harbor"),
        ("Ｍｏｏｎｌｉｔ Ｈａｒｂｏｒ （１９９８）", "harbor"),  # noqa: RUF001
        (unicodedata.normalize("NFD", "달빛 항구(2003)"), "dal"),
        ('{"title": "Dune (2021)"}', "dune-21"),
        ('{"title": "Anything", "movie_id": "up"}', "up"),
    ],
)
async def test_one_movie(reader: Reader, text: str, expected: str) -> None:
    assert (await reader.movie(text)).movie_id == expected


async def test_a_movie_that_is_not_clear_or_not_there(reader: Reader) -> None:
    with pytest.raises(UsageError, match=r"dune-84  Dune \(1984\)"):
        await reader.movie("Dune")
    for text in ("nothing of this name", "", "q " * 5000):
        with pytest.raises(NothingFound):
            await reader.movie(text)


async def test_movies_by_what_they_are_called(reader: Reader) -> None:
    texts = ["up", "dune", '{"title": "DUNE", "year": 1984}', "Up  Close(1996)", "Moonlit", "Close"]
    found = await reader.movies_named(texts)
    assert [sorted(movie.movie_id for movie in movies) for movies in found] == [
        ["up"],
        ["dune-21", "dune-84"],
        ["dune-84"],
        ["up-close"],
        [],  # words are not enough: it may still come
        [],
    ]
    assert await reader.movies_named([]) == []


async def test_rows_of_all_pages(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        indices_module, "PAGE_SIZE", 71
    )  # as many as there are: the last page is empty
    rows = [row async for row in scan_rows(reader)]
    counted = {one.movie_id for one in sample_movies.SAMPLES if one.images}
    assert len(rows) == len(counted) * 71
    assert {
        row.movie_id for row in rows
    } == counted  # what a failed movie does not show is not known
    assert len({(row.movie_id, row.tag) for row in rows}) == len(rows)
    harbor = [row for row in rows if row.movie_id == "harbor"]
    assert [(row.tag, row.count) for row in harbor[:3]] == [
        ("gothic", 63),
        ("horror", 41),
        ("murder", 20),
    ]


async def test_the_latest_movies(reader: Reader) -> None:
    found = await reader.movies(MovieSearch(by="recency", limit=1))
    assert [movie.movie_id for movie in found.movies] == ["none"]  # the last one of SAMPLES


async def test_movies_by_title_as_people_look_them_up(reader: Reader) -> None:
    found = await reader.movies(MovieSearch(by="title", limit=100))
    titles = [movie.title for movie in found.movies]
    assert titles == sorted(titles, key=title_key)
    assert titles[:3] == ["The Barn", "Dune", "Dune"]  # the article does not count


async def test_letters(reader: Reader) -> None:
    written = sample_movies.letter(reader.vocabulary)
    found = await reader.letters(LetterQuery(letter_id=written.letter_id, stage="plan"))
    assert found == Letters(1, (written,))
    for other in (LetterQuery(stage="fetch"), LetterQuery(error="no"), LetterQuery(movie_id="x")):
        assert written not in (await reader.letters(other)).letters


async def test_a_vocabulary_that_nothing_was_indexed_for(
    es: AsyncElasticsearch, vocabulary: Vocabulary
) -> None:
    with pytest.raises(TransientError, match="no index of this vocabulary yet"):
        await Reader(es, vocabulary, 0.1).movies(MovieSearch())


async def test_a_document_of_another_version_is_missing_by_itself(
    es: AsyncElasticsearch, vocabulary: Vocabulary, caplog: pytest.LogCaptureFixture
) -> None:
    """A status of a newer version, and frames without a caption of an older one."""
    await ensure_schema(es, vocabulary)
    sample = sample_movies.SAMPLES[0]
    good = sample_movies.movie_body(sample, vocabulary)
    newer = msgspec.to_builtins(good) | {"movie_id": "newer", "status": "paused"}
    index = index_name(MOVIES, vocabulary.vocabulary_id)
    await es.index(index=index, id="newer", document=newer)
    documents = [sample_movies.document(MOVIES, "good", good, vocabulary)]
    frames = index_name(FRAMES, vocabulary.vocabulary_id)
    for frame in list(sample_movies.frame_bodies(sample))[:3]:
        key = f"good~{frame.slot}"
        documents.append(sample_movies.document(FRAMES, key, frame, vocabulary))
    older = msgspec.to_builtins(next(sample_movies.frame_bodies(sample))) | {"slot": 7_000}
    del older["caption"]
    await es.index(index=frames, id="older", document=older)
    assert await write_bulk(es, documents) == []
    await es.indices.refresh(index=[index, frames])

    library = Reader(es, vocabulary, 0.1)
    found = await library.movies(MovieSearch())
    assert ([movie.movie_id for movie in found.movies], found.unreadable) == ([sample.movie_id], 1)
    assert (
        f"{index}/newer is omitted from results: it was written by another version" in caplog.text
    )
    assert "$.status" in caplog.text
    assert [movie.movie_id async for movie in scan_movies(library)] == [sample.movie_id]
    with pytest.raises(NothingFound, match="written by another version of movietag"):
        await library.by_id("newer")
    for limit in (1, 20):
        shown = await scenes(library, SceneSearch(library.parse("", "frames"), limit=limit))
        assert (shown.frames, shown.unreadable) == (4, 1)
        assert sum(scene.frames for scene in shown.scenes) <= 3


async def test_documents_come_back_as_they_were_written(reader: Reader) -> None:
    index = index_name(MOVIES, reader.vocabulary.vocabulary_id)
    answer = await reader.es.get(index=index, id="harbor~demo")
    body = msgspec.convert(answer["_source"], MovieBody)
    assert body == sample_movies.movie_body(sample_movies.SAMPLES[0], reader.vocabulary)
