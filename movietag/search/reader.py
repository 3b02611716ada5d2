"""Runs the queries: the only reader of Elasticsearch, for the commands and the page alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any, TypeVar

import msgspec
from elasticsearch import AsyncElasticsearch

from movietag.documents import (
    DEAD_LETTERS,
    FRAMES,
    MOVIE_TAGS,
    MOVIES,
    Body,
    FrameBody,
    LetterBody,
    MovieBody,
    MovieTagBody,
    has_tag_fields,
    index_name,
)
from movietag.errors import UsageError
from movietag.search import lift, queries, ranking
from movietag.search.client import connected, told
from movietag.search.found import (
    Letters,
    Movie,
    Movies,
    Row,
    Scenes,
    lifted,
    movie_of,
    pick,
    reason_of,
    row_of,
    scene_of,
    split_year,
)
from movietag.search.lift import Lifts
from movietag.search.queries import LetterQuery
from movietag.search.query import Node, nodes, parse
from movietag.search.query.elastic import Target, elsewhere, says, there
from movietag.search.query.fields import Kind
from movietag.search.query.meaning import Joined, Meaning, pushed, without_texts
from movietag.search.query.nodes import Leaf
from movietag.search.ranking import FrameSearch, MovieSearch, Scored
from movietag.search.tags import TagNames
from movietag.settings import Settings
from movietag.vocabulary import Vocabulary, load

__all__ = ["LetterQuery", "Letters", "Reader", "reader"]

PAGE = 2000  # rows fetched at once by an export
KEEP = "1m"

B = TypeVar("B", bound=Body)


class Reader:
    """Searches in the indices of one vocabulary.

    Every method raises:
        TransientError: the server is away, or has no index of this vocabulary.
    """

    def __init__(self, es: AsyncElasticsearch, vocabulary: Vocabulary, not_cut: float) -> None:
        self.es = es
        self.vocabulary = vocabulary
        self.names = TagNames(vocabulary)
        self.not_cut = not_cut

    def parse(self, query: str, kind: Kind = "movies") -> Node:
        """Read a query of the query language.

        Raises:
            QueryError: it cannot be read.
        """
        return parse(query, self.names, kind)

    async def movies(self, search: MovieSearch) -> Movies:
        """The movies that fit, best first, each with the conditions for which it was found."""
        where = pushed(search.where)
        flat = not has_tag_fields(self.vocabulary)
        joined = await self._joined(where, "movies")
        clause = Target("movies", flat, self.not_cut, joined).clause(where)
        scored = await self._scored(where) if search.by == "text" else Scored()
        asked = ranking.ranked(search, where, clause, flat, scored)
        total, bodies = await self._search(MOVIES, MovieBody, asked)
        meaning = Meaning(self.not_cut, joined)
        found = [_explained(movie_of(body), where, meaning, search.lifts) for body in bodies]
        if flat:
            exact = without_texts(where)
            found = [movie for movie in found if meaning.holds(exact, movie)]
        return Movies(total, tuple(found))

    async def _joined(self, where: Node, kind: Kind) -> Joined:
        """The movies of which the conditions hold that another index answers."""
        leaves = [leaf for leaf in dict.fromkeys(nodes.leaves(where)) if elsewhere(leaf, kind)]
        alias = FRAMES if kind == "movies" else MOVIES
        answers = [self._movie_ids(alias, leaf, kind) for leaf in leaves]
        return dict(zip(leaves, await asyncio.gather(*answers), strict=True))

    async def _movie_ids(self, alias: str, leaf: Leaf, kind: Kind) -> frozenset[str]:
        asked = queries.movie_ids(there(leaf, kind))
        with told(self.es):
            answer = await self.es.search(index=self._index(alias), body=asked)
        found = answer["aggregations"]["movies"]["buckets"]
        if len(found) > queries.MOST_JOINED:
            raise UsageError(
                f"{nodes.render(leaf)} fits more than {queries.MOST_JOINED} movies: ask for rarer words."
            )
        return frozenset(bucket["key"] for bucket in found)

    async def _scored(self, where: Node) -> Scored:
        """The best movies by their captions."""
        texts = ranking.asked_texts(where)
        if not texts:
            raise UsageError("There is nothing to rank by text: the query has no text:WORDS.")
        should = [says("caption", text) for text in texts]
        asked = queries.best_movies({"bool": {"should": should}})
        with told(self.es):
            answer = await self.es.search(index=self._index(FRAMES), body=asked)
        hits = answer["hits"]["hits"]
        return Scored({hit["_source"]["movie_id"]: hit["_score"] for hit in hits})

    async def lifts(self) -> Lifts:
        """How usual each tag is, over all complete movies as of now."""
        with told(self.es):
            answer = await self.es.search(index=self._index(MOVIE_TAGS), body=lift.usual())
        return lift.lifts(answer.body)

    async def movie(self, text: str) -> Movie:
        """The one movie meant by an id, a title or words of it, with or without a year.

        Raises:
            NothingFound: there is none.
            UsageError: there are several; the text lists them.
        """
        candidates: list[Movie] = []
        for words in dict.fromkeys((text.strip(), split_year(text)[0])):
            _, found = await self._search(MOVIES, MovieBody, queries.movie(words))
            candidates += (movie_of(body) for body in found)
        return pick(text, candidates)

    async def scenes(self, search: FrameSearch) -> Scenes:
        """The frames that fit, by movie, video and time."""
        where = pushed(search.where)
        joined = await self._joined(where, "frames")
        clause = Target("frames", False, self.not_cut, joined).clause(where)
        total, found = await self._search(FRAMES, FrameBody, queries.frames(clause, search.limit))
        return Scenes(total, tuple(scene_of(body) for body in found))

    async def letters(self, query: LetterQuery) -> Letters:
        """The dead letters, of whatever vocabulary, newest first."""
        asked = queries.letters(query)
        total, found = await self._search(DEAD_LETTERS, LetterBody, asked)
        return Letters(total, tuple(found))

    async def every_letter(self, query: LetterQuery) -> AsyncGenerator[LetterBody, None]:
        """All dead letters as of now, however many there are; to be closed like ``rows``."""
        asked = {**queries.letters(query), "from": 0, "size": PAGE}
        async with aclosing(self._every(DEAD_LETTERS, asked)) as hits:
            async for hit in hits:
                yield msgspec.convert(hit["_source"], LetterBody)

    async def rows(self) -> AsyncGenerator[Row, None]:
        """Every movie and tag as of now, by title and rank, however many there are.

        To be closed (``contextlib.aclosing``) by whoever does not read it to its end.
        """
        lifts = await self.lifts()
        async with aclosing(self._every(MOVIE_TAGS, queries.rows(PAGE))) as hits:
            async for hit in hits:
                yield row_of(msgspec.convert(hit["_source"], MovieTagBody), lifts)

    async def older(self, alias: str, version: int) -> AsyncGenerator[str, None]:
        """Ids of all documents with a lower version; to be closed like ``rows``."""
        asked = {"query": {"match_all": {}}, "sort": ["_shard_doc"], "size": PAGE}
        asked |= {"version": True, "_source": False}
        async with aclosing(self._every(alias, asked)) as hits:
            async for hit in hits:
                if hit["_version"] < version:
                    yield hit["_id"]

    async def _every(self, alias: str, asked: dict[str, Any]) -> AsyncGenerator[Any, None]:
        """All hits of a search, page by page, of one point in time."""
        with told(self.es):
            opened = await self.es.open_point_in_time(index=self._index(alias), keep_alive=KEEP)
        pit = opened["id"]
        try:
            while True:
                with told(self.es):
                    answer = await self.es.search(
                        body={**asked, "pit": {"id": pit, "keep_alive": KEEP}}
                    )
                pit = answer["pit_id"]
                hits = answer["hits"]["hits"]
                for hit in hits:
                    yield hit
                if len(hits) < PAGE:
                    return
                asked = {**asked, "search_after": hits[-1]["sort"]}
        finally:
            with told(self.es):
                await self.es.close_point_in_time(id=pit)

    def _index(self, alias: str) -> str:
        return index_name(alias, self.vocabulary.vocabulary_id)

    async def _search(self, alias: str, kind: type[B], body: dict[str, Any]) -> tuple[int, list[B]]:
        with told(self.es):
            answer = await self.es.search(index=self._index(alias), body=body)
        hits = answer["hits"]
        total = hits["total"]["value"]
        return total, [msgspec.convert(hit["_source"], kind) for hit in hits["hits"]]


@asynccontextmanager
async def reader(settings: Settings) -> AsyncIterator[Reader]:
    """A reader of the settings' Elasticsearch and vocabulary, closed at the end."""
    vocabulary = load(settings.vocabulary, settings.match)
    async with connected(settings) as es:
        yield Reader(es, vocabulary, settings.not_cut)


def _explained(movie: Movie, where: Node, meaning: Meaning, lifts: Lifts | None) -> Movie:
    """The movie with its lifts, where there are some, and the conditions for which it was found."""
    decisive = meaning.decisive(where, movie)
    why = tuple(reason_of(condition, movie, lifts) for condition in decisive)
    return msgspec.structs.replace(lifted(movie, lifts) if lifts else movie, why=why)
