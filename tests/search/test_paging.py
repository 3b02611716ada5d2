"""Pages on a real Elasticsearch: forward and back, in every order, while documents come and go."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Iterable, Iterator

import pytest
from elasticsearch import AsyncElasticsearch
from support import sample_movies
from support.sample_movies import Sample

from movietag.documents import FRAMES, MOVIES, index_name
from movietag.errors import UsageError
from movietag.records import Document
from movietag.search import scene_pages as module
from movietag.search.cursors import Cursor, cursor_of
from movietag.search.index.ensuring import ensure_schema
from movietag.search.index.writer import write_bulk
from movietag.search.indices import SnapshotLostError
from movietag.search.lift import Lifts
from movietag.search.ranking import By, MovieSearch
from movietag.search.reader import Reader
from movietag.search.results import Movies, Scenes
from movietag.search.scene_orders import SceneBy
from movietag.search.scenes import SceneSearch, scenes
from movietag.vocabulary import Vocabulary

ORDERS: tuple[By, ...] = ("ratio", "lift", "recency", "title", "text")
LIMIT = 3


def after(page: Movies | Scenes) -> Cursor | None:
    return cursor_of(page.next) if isinstance(page.next, str) else None


def earlier_than(page: Movies | Scenes) -> Cursor | None:
    return cursor_of("", page.previous) if isinstance(page.previous, str) else None


async def movies(
    reader: Reader, query: str, by: By, cursor: Cursor | None, limit: int = LIMIT
) -> Movies:
    return await reader.movies(
        MovieSearch(reader.parse(query), by, limit, await reader.lifts(), cursor)
    )


async def forward(reader: Reader, query: str, by: By) -> AsyncIterator[Movies]:
    cursor: Cursor | None = None
    while True:
        page = await movies(reader, query, by, cursor)
        yield page
        cursor = after(page)
        if cursor is None:
            return


async def back(reader: Reader, query: str, by: By, page: Movies) -> AsyncIterator[Movies]:
    while cursor := earlier_than(page):
        page = await movies(reader, query, by, cursor)
        yield page


@pytest.mark.parametrize("by", ORDERS)
@pytest.mark.parametrize("query", ["text:scene or status:failed", "horror or sci-fi or romantic"])
async def test_pages_are_the_whole_forward_and_back(reader: Reader, query: str, by: By) -> None:
    """Without a snapshot; some movies have no year, some the same title or ratio."""
    if by == "text" and "text:" not in query:
        return
    whole = await movies(reader, query, by, None, 100)
    pages = [page async for page in forward(reader, query, by)]
    assert [one for page in pages for one in page.movies] == list(whole.movies)
    assert [page.first for page in pages] == list(range(1, whole.total + 1, LIMIT))
    assert {page.total for page in pages} == {whole.total}
    assert not pages[0].previous
    returned = [page async for page in back(reader, query, by, pages[-1])]
    assert [page.movies for page in returned] == [page.movies for page in pages[-2::-1]]
    assert [page.first for page in returned] == [page.first for page in pages[-2::-1]]
    assert all(page.next for page in returned)


async def test_a_full_last_page_has_no_next(reader: Reader) -> None:
    query = "horror"  # of four movies
    first = await movies(reader, query, "title", None, 2)
    last = await movies(reader, query, "title", after(first), 2)
    assert (len(last.movies), last.first, bool(last.next)) == (2, 3, False)
    assert not (await movies(reader, query, "title", None, 4)).next


async def test_a_page_that_begins_within_the_first_one_is_the_first_one(reader: Reader) -> None:
    two = await movies(reader, "", "title", None, 2)
    four = await movies(reader, "", "title", after(two), 4)
    before = await movies(reader, "", "title", earlier_than(four), 4)
    assert (before.first, before.previous) == (1, two.previous)
    assert before.movies == (await movies(reader, "", "title", None, 4)).movies


class Shelf:
    """A library of one's own, to which movies are added and from which they are removed."""

    def __init__(self, es: AsyncElasticsearch, vocabulary: Vocabulary, seed: int) -> None:
        self.es, self.vocabulary = es, vocabulary
        self.random = random.Random(seed)
        self.present: dict[str, Sample] = {}
        self.names = (f"m{number:03}" for number in range(1000))

    async def fill(self, number: int) -> Reader:
        await ensure_schema(self.es, self.vocabulary)
        await self.add(*(self.sample() for _ in range(number)))
        return Reader(self.es, self.vocabulary, 0.1)

    def sample(self) -> Sample:
        counts = {tag: self.random.randrange(1, 4) for tag in ("horror", "comedy")}
        year = self.random.choice([None, 1999, 2005])
        return Sample(next(self.names), self.random.choice("abc"), year, 4, counts)

    async def add(self, *samples: Sample) -> None:
        self.present |= {one.movie_id: one for one in samples}
        await self.write(document for one in samples for document in self.documents(one))

    def documents(self, sample: Sample) -> Iterator[Document]:
        body = sample_movies.movie_body(sample, self.vocabulary)
        yield sample_movies.document(MOVIES, sample.movie_id, body, self.vocabulary)
        for frame in sample_movies.frame_bodies(sample):
            key = f"{sample.movie_id}~{frame.slot}"
            yield sample_movies.document(FRAMES, key, frame, self.vocabulary)

    async def remove(self, *movie_ids: str) -> None:
        gone = [one for movie_id in movie_ids for one in self.documents(self.present.pop(movie_id))]
        await self.write(Document(one.index, one.doc_id, one.version + 1) for one in gone)

    async def write(self, documents: Iterable[Document]) -> None:
        assert await write_bulk(self.es, list(documents)) == []
        names = [index_name(alias, self.vocabulary.vocabulary_id) for alias in (MOVIES, FRAMES)]
        await self.es.indices.refresh(index=names)

    async def change(self) -> None:
        """Remove a movie, and add another one."""
        await self.remove(self.random.choice(sorted(self.present)))
        await self.add(self.sample())


@pytest.mark.slow
@pytest.mark.parametrize("by", ["ratio", "lift", "recency", "title"])
@pytest.mark.parametrize("turned", [False, True], ids=["next", "previous"])
async def test_what_stays_comes_once_while_movies_come_and_go(
    es: AsyncElasticsearch, vocabulary: Vocabulary, by: By, turned: bool
) -> None:
    shelf = Shelf(es, vocabulary, seed=len(by) + turned)
    reader = await shelf.fill(14)
    before = set(shelf.present)
    page = await movies(reader, "horror or comedy", by, None, 100 if turned else LIMIT)
    if turned:  # from the end: the page after all results
        cursor = after(await movies(reader, "horror or comedy", by, None, 13))
        page = await movies(reader, "horror or comedy", by, cursor)
    seen = [movie.movie_id for movie in page.movies]
    while True:
        await shelf.change()
        cursor = earlier_than(page) if turned else after(page)
        if cursor is None:
            break
        page = await movies(reader, "horror or comedy", by, cursor)
        seen += [
            one.movie_id
            for one in page.movies
            if not (turned and page.first == 1 and one.movie_id in seen)
        ]
    assert len(seen) == len(set(seen)), "nothing comes twice"
    assert before & set(shelf.present) <= set(seen), "nothing that stayed is left out"


async def test_scenes_that_stay_come_once_while_movies_come_and_go(
    es: AsyncElasticsearch, vocabulary: Vocabulary
) -> None:
    shelf = Shelf(es, vocabulary, seed=5)
    reader = await shelf.fill(8)
    before = set(shelf.present)
    where = reader.parse("horror", "frames")
    seen, cursor = list[tuple[str, str, int]](), None
    while True:
        page = await scenes(reader, SceneSearch(where, 4, cursor=cursor))
        seen += [(one.movie_id, one.video_id, one.slot) for one in page.scenes]
        cursor = after(page)
        if cursor is None:
            break
        await shelf.change()
    assert len(seen) == len(set(seen))
    assert before & set(shelf.present) <= {movie_id for movie_id, _, _ in seen}


@pytest.mark.parametrize("by", ["title", "length", "text"])
async def test_pages_of_scenes_are_the_whole_forward_and_back(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, by: SceneBy
) -> None:
    where = reader.parse("(horror or romantic) and text:data", "frames")
    whole = await scenes(reader, SceneSearch(where, limit=100, by=by))
    assert len(whole.scenes) > 2 * LIMIT
    monkeypatch.setattr(module, "MOST_FRAMES", 7)  # a scene is read in several parts
    pages, cursor = list[Scenes](), None
    while True:
        page = await scenes(reader, SceneSearch(where, limit=LIMIT, cursor=cursor, by=by))
        assert (page.frames, page.first) == (whole.frames, LIMIT * len(pages) + 1)
        pages.append(page)
        cursor = after(page)
        if cursor is None:
            break
    assert [one for page in pages for one in page.scenes] == list(whole.scenes)
    page = pages[-1]
    for earlier in pages[-2::-1]:
        cursor = earlier_than(page)
        page = await scenes(reader, SceneSearch(where, limit=LIMIT, cursor=cursor, by=by))
        assert (page.scenes, page.first) == (earlier.scenes, earlier.first)
    assert not page.previous


async def test_beyond_the_last_result_there_is_a_way_back(
    es: AsyncElasticsearch, vocabulary: Vocabulary
) -> None:
    shelf = Shelf(es, vocabulary, seed=1)
    reader = await shelf.fill(4)
    first = await movies(reader, "", "title", None)
    cursor = after(first)
    (last,) = (await movies(reader, "", "title", cursor)).movies
    await shelf.remove(last.movie_id)
    beyond = await movies(reader, "", "title", cursor)
    assert (beyond.movies, beyond.total, bool(beyond.next)) == ((), 3, False)
    whole = await movies(reader, "", "title", earlier_than(beyond))
    assert whole.movies == first.movies


async def test_a_snapshot_does_not_see_what_came_later_and_may_be_lost(
    es: AsyncElasticsearch, vocabulary: Vocabulary
) -> None:
    shelf = Shelf(es, vocabulary, seed=2)
    reader = await shelf.fill(6)
    search = MovieSearch(reader.parse("horror"), "title", LIMIT)
    snapshot = await reader.indices.open(MOVIES)

    async def page(snapshot: str, cursor: Cursor | None) -> Movies:
        return await reader.movies(
            MovieSearch(search.where, "title", LIMIT, Lifts(0, {}), cursor, snapshot)
        )

    first = await page(snapshot, None)
    await shelf.add(*(shelf.sample() for _ in range(5)))
    cursor = after(first)
    assert cursor is not None
    assert cursor.snapshot == snapshot
    second = await page(snapshot, cursor)
    assert (second.total, len(second.movies), bool(second.next)) == (6, 3, False)
    await reader.indices.close(snapshot)
    for lost in (snapshot, "no snapshot", snapshot[:-8]):
        with pytest.raises(SnapshotLostError):
            await page(lost, cursor)
    assert (await page("", cursor)).total == 11


async def test_sort_values_that_are_none(reader: Reader) -> None:
    first = await movies(reader, "horror", "ratio", None, 1)
    cursor = after(first)
    assert cursor is not None
    for values in (("a",), ("x", "y", "z", "a", "b"), (1.0, "t", "no year", "m", "t")):
        forged = Cursor(cursor.search, False, values, 1)
        with pytest.raises(UsageError, match="not a valid page token"):
            await movies(reader, "horror", "ratio", forged)
    by_lift = after(await movies(reader, "horror", "lift", None, 1))
    assert by_lift is not None
    for weights in ((), (1.0, 1.0), (-1.0,), (1e300,)):
        forged = Cursor(by_lift.search, False, by_lift.after, 1, weights)
        with pytest.raises(UsageError, match="not a valid page token"):
            await movies(reader, "horror", "lift", forged)


async def test_a_token_of_scenes_with_a_place_that_no_frame_has_is_refused(reader: Reader) -> None:
    where = reader.parse("horror", "frames")
    cursor = after(await scenes(reader, SceneSearch(where, limit=1)))
    assert cursor is not None
    for position in range(len(cursor.after)):
        values = (*cursor.after[:position], None, *cursor.after[position + 1 :])
        forged = Cursor(cursor.search, False, values, 1)
        with pytest.raises(UsageError, match="not a valid page token"):
            await scenes(reader, SceneSearch(where, cursor=forged))
