"""`about:` on a real Elasticsearch, with the packaged model: what texts miss is found, and says why."""

from __future__ import annotations

import pytest
from support.meaning_movies import APART, CAPTIONS, MINILM, fill

from movietag.errors import UsageError
from movietag.search import about as module
from movietag.search.cursors import cursor_of
from movietag.search.facets import facets
from movietag.search.query import both
from movietag.search.query.nodes import About, Or, Tag
from movietag.search.ranking import MovieSearch
from movietag.search.reader import Reader
from movietag.search.results import Evidence
from movietag.search.scenes import SceneSearch, scenes
from movietag.search.why import explain
from movietag.vocabulary import Vocabulary

MISSED = {
    "automobile pursuit": ("heat", 0),
    "robbery": ("heat", 2),
    "family at the seaside": ("jaws", 0),
    "medieval duel": ("ivanhoe", 0),
    "monarch": ("ivanhoe", 1),
    "wedding celebration": ("ivanhoe", 2),
    "outer space travel": ("mars", 0),
    "romantic embrace": ("rain", 0),
    "homicide investigation": ("rain", 1),
    "pets": ("rain", 2),
}
"""What is asked, in words that no caption has, and the frame that shows it."""


async def test_what_no_caption_says_is_found(captioned: Reader) -> None:
    firsts = 0
    for query, (movie, slot) in MISSED.items():
        said = await scenes(captioned, SceneSearch(captioned.parse(f'text:"{query}"', "frames")))
        assert said.frames == 0, query
        found = await scenes(captioned, SceneSearch(captioned.parse(f'about:"{query}"', "frames")))
        places = [(one.movie_id, one.slot) for one in found.scenes]
        place = places.index((movie, APART * slot))
        assert place < 3, query
        firsts += place == 0
        about = found.scenes[place].about
        assert isinstance(about, Evidence)
        assert (about.meaning, about.words) == (place + 1, None)
        assert (about.caption, about.slot) == (CAPTIONS[movie][slot], APART * slot)
        assert about.similarity is not None
        assert about.similarity >= 0.2
        movies = await captioned.movies(MovieSearch(captioned.parse(f'about:"{query}"')))
        assert movie in [one.movie_id for one in movies.movies[:2]]
        if place == 0:
            assert movies.movies[0].movie_id == movie
            assert movies.movies[0].closest == about
    assert firsts >= 8


async def test_both_lists_are_fused_and_told(captioned: Reader) -> None:
    where = captioned.parse('about:"policemen chase a car"', "frames")
    found = await scenes(captioned, SceneSearch(where))
    places = {
        (one.movie_id, one.slot): (one.about.meaning, one.about.words)
        for one in found.scenes
        if isinstance(one.about, Evidence)
    }
    assert list(places) == sorted(
        places, key=lambda at: -sum(1 / (60 + rank) for rank in places[at] if rank)
    )
    assert places["heat", APART][1] == 1  # `policemen` is rarer than `car`
    assert places["heat", 0][0] in {1, 2}
    assert found.frames == len(places)


async def test_the_rest_of_the_query_holds_too(captioned: Reader) -> None:
    for query, kind in (
        ('about:"happy couple" and year:1952', "frames"),
        ('about:"crime scene" horror', "frames"),
    ):
        where = captioned.parse(query, "frames")
        found = await scenes(captioned, SceneSearch(where))
        assert found.scenes, kind
        for one in found.scenes:
            assert one.year == 1952 if "year" in query else "horror" in one.tags
    found_movies = await captioned.movies(
        MovieSearch(captioned.parse('about:"automobile pursuit" and not title:heat'))
    )
    assert "heat" not in {movie.movie_id for movie in found_movies.movies}
    only = await captioned.movies(
        MovieSearch(captioned.parse('about:"automobile pursuit" and text:"bags of money"'))
    )
    assert [movie.movie_id for movie in only.movies] == ["heat"]
    assert isinstance(only.movies[0].why, tuple)
    assert [reason.condition for reason in only.movies[0].why] == [
        'about:"automobile pursuit"',
        'text:"bags of money"',
    ]


async def test_by_default_the_best_come_first(captioned: Reader) -> None:
    where = captioned.parse('about:"a dangerous fish in the sea"')
    found = await captioned.movies(MovieSearch(where))
    assert found.movies[0].movie_id == "jaws"
    by_title = await captioned.movies(MovieSearch(where, "title"))
    assert {one.movie_id for one in by_title.movies} == {one.movie_id for one in found.movies}
    assert [one.title for one in by_title.movies] == sorted(one.title for one in found.movies)
    with pytest.raises(UsageError, match="Ranking by meaning needs words"):
        await captioned.movies(MovieSearch(captioned.parse("horror"), "meaning"))


async def test_facets_and_verdicts_go_by_the_same_movies(captioned: Reader) -> None:
    where = captioned.parse('about:"royal court"')
    found = await captioned.movies(MovieSearch(where))
    ids = {movie.movie_id for movie in found.movies}
    assert (await facets(captioned, where)).total == found.total == len(ids)
    for movie in CAPTIONS:
        judged = await explain(captioned, where, await captioned.by_id(movie), None)
        assert judged.fits == (movie in ids)
    lacking = captioned.parse('about:"royal court" and horror')
    judged = await explain(captioned, lacking, await captioned.by_id("ivanhoe"), None)
    assert [reason.condition for reason in judged.why] == ["horror"]


async def test_pages_are_the_whole(captioned: Reader) -> None:
    where = captioned.parse('about:"people outside"', "frames")
    whole = await scenes(captioned, SceneSearch(where, 100))
    assert len(whole.scenes) >= 5
    pages, cursor = [], None
    while True:
        page = await scenes(captioned, SceneSearch(where, 2, cursor=cursor))
        assert page.first == 2 * len(pages) + 1
        pages.append(page)
        cursor = cursor_of(page.next) if isinstance(page.next, str) else None
        if cursor is None:
            break
    assert [scene for page in pages for scene in page.scenes] == list(whole.scenes)
    assert {page.frames for page in pages} == {whole.frames}
    before = pages[-1]
    for page in pages[-2::-1]:
        before = await scenes(
            captioned, SceneSearch(where, 2, cursor=cursor_of("", str(before.previous)))
        )
        assert (before.scenes, before.first) == (page.scenes, page.first)
    assert not before.previous


async def test_runs_of_frames_are_one_scene_at_its_best_frame(captioned: Reader) -> None:
    where = captioned.parse('about:"wedding celebration" and movie:ivanhoe', "frames")
    (one,) = (await scenes(captioned, SceneSearch(where, gap=APART))).scenes
    assert isinstance(one.about, Evidence)
    assert one.about.caption == CAPTIONS["ivanhoe"][2]
    assert one.start <= one.about.time <= one.end


async def test_lists_are_bounded(captioned: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIST_SIZES", {"frames": 2, "movies": 2})
    where = captioned.parse('about:"people outside"', "frames")
    assert (await scenes(captioned, SceneSearch(where))).frames <= 4


async def test_without_an_embedder_or_vectors(captioned: Reader, vocabulary: Vocabulary) -> None:
    es = captioned.es
    where = captioned.parse("about:dogs")
    with pytest.raises(UsageError, match="set MOVIETAG_EMBEDDER=minilm"):
        await Reader(es, captioned.vocabulary, 0.1).movies(MovieSearch(where))
    await fill(es, vocabulary, None)
    with pytest.raises(UsageError, match="`movietag embed` makes them"):
        await Reader(es, vocabulary, 0.1, MINILM).movies(MovieSearch(where))


async def test_two_of_them_that_were_put_together(captioned: Reader) -> None:
    for where in (both(About("a"), About("b")), Or((About("a"), Tag("horror")))):
        with pytest.raises(UsageError, match="one about:"):
            await captioned.movies(MovieSearch(where))
