"""Runs the queries: the only reader of Elasticsearch, for the commands and the page alike."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import replace

import msgspec
from elasticsearch import AsyncElasticsearch

from movietag.documents import (
    DEAD_LETTERS,
    MOVIE_TAGS,
    MOVIES,
    LetterBody,
    MovieBody,
    MovieTagBody,
    has_tag_fields,
)
from movietag.embedding.embedder import Embedder, embedder_of
from movietag.errors import TransientError, UsageError
from movietag.rules.lookup import lookup
from movietag.rules.titles import movie_id_in
from movietag.search import lift, queries, ranking
from movietag.search.about import Abouts
from movietag.search.client import connected
from movietag.search.index.schema import searched
from movietag.search.indices import Cursor, Indices, left_out, legible
from movietag.search.joining import Among
from movietag.search.lift import Lifts
from movietag.search.prepared import PreparedQuery, prepare_query
from movietag.search.queries import LetterQuery
from movietag.search.query import Node, parse
from movietag.search.query.elastic import Target
from movietag.search.query.fields import Kind
from movietag.search.query.meaning import pushed, without_texts
from movietag.search.query.tags import TagNames
from movietag.search.ranking import MovieSearch, RankedMovies
from movietag.search.results import (
    Letters,
    Movie,
    Movies,
    NothingFound,
    TagRow,
    latest,
    movie_of,
    pick,
    row_of,
)
from movietag.settings import Settings
from movietag.vocabulary import Vocabulary, load

__all__ = ["LetterQuery", "Letters", "Reader", "reader"]


class Reader:
    """Searches in the indices of one vocabulary.

    Every method raises:
        TransientError: the server is away, or has no index of this vocabulary.
    """

    def __init__(
        self,
        es: AsyncElasticsearch,
        vocabulary: Vocabulary,
        not_cut: float,
        embedder: Embedder | None = None,
        floor: float = 0.0,
    ) -> None:
        self.es = es
        self.indices = Indices(es, vocabulary.vocabulary_id)
        self.abouts = Abouts(self.indices, embedder, floor)
        self.vocabulary = vocabulary
        self.names = TagNames(vocabulary)
        self.not_cut = not_cut
        self.flat = not has_tag_fields(vocabulary)

    def parse(self, query: str, kind: Kind = "movies") -> Node:
        """Read a query of the query language.

        Raises:
            QueryError: it cannot be read.
        """
        return parse(query, self.names, kind)

    async def asked(
        self,
        query: Node,
        kind: Kind,
        among: Among = None,
        place: Cursor | None = None,
        *,
        by_text: bool = False,
    ) -> PreparedQuery:
        """A query made ready, with what other indices know; of movies ``among`` some, if these are given.

        Raises:
            UsageError: as ``prepare_query``.
            GoneError: the place's snapshot (of a search for frames) is not kept any longer.
        """
        target = Target(kind, self.flat, self.not_cut, {})
        return await prepare_query(self.indices, self.abouts, query, target, among, place, by_text)

    async def movies(self, search: MovieSearch) -> Movies:
        """The movies that fit, best first, each with the conditions for which it was found.

        Raises:
            UsageError: as ``asked``; or there is nothing to rank by text or meaning.
            GoneError: the search's place is not kept any longer.
        """
        search = replace(search, by=ranking.chosen(search.by, pushed(search.where)))
        asked = await self.asked(search.where, "movies", by_text=search.by == "text")
        best = asked.best
        if search.by == "meaning":
            if asked.about is None:
                raise UsageError(
                    "There is nothing to rank by meaning: the query has no about:WORDS."
                )
            best = RankedMovies(asked.about.scores)
        body = ranking.ranked(search, asked.where, asked.clause, self.flat, best)
        answer = await self.indices.answer(MOVIES, body, search.place)
        hits = answer["hits"]["hits"]
        bodies = legible(hits, MovieBody)
        found = [asked.explained(movie_of(body), search.lifts) for body in bodies]
        if self.flat:
            exact = without_texts(asked.where)
            found = [movie for movie in found if asked.meaning.holds(exact, movie)]
        further: str | msgspec.UnsetType = msgspec.UNSET
        if search.place and len(hits) == search.limit:
            further = Cursor(answer["pit_id"], tuple(hits[-1]["sort"])).token()
        unreadable = left_out(len(hits) - len(bodies))
        return Movies(answer["hits"]["total"]["value"], tuple(found), further, unreadable)

    async def lifts(self) -> Lifts:
        """How usual each tag is, over all complete movies as of now."""
        return lift.lifts(await self.indices.answer(MOVIE_TAGS, lift.usual()))

    async def movie(self, text: str) -> Movie:
        """The one movie meant by an id, a title (as `add` takes it) or words of it.

        Raises:
            NothingFound: there is none.
            UsageError: there are several; the text lists them.
        """
        _, found = await self.indices.bodies(MOVIES, MovieBody, queries.movie(lookup(text)))
        return pick(text, [movie_of(body) for body in found])

    async def called(self, texts: Sequence[str]) -> list[tuple[Movie, ...]]:
        """The movies meant by each of some ids or whole titles, mostly one; none that is not there yet.

        Raises:
            UsageError: a text is JSON that does not fit.
        """
        sought = [lookup(text) for text in texts]
        _, bodies = await self.indices.bodies(MOVIES, MovieBody, queries.movies_named(sought))
        found = [movie_of(body) for body in bodies]
        return [latest(one.exactly(found)) for one in sought]

    async def every_movie(self) -> AsyncGenerator[Movie, None]:
        """All movies as of now, however many there are; to be closed like ``rows``."""
        asked = {"query": {"match_all": {}}, "sort": ["_shard_doc"]}
        async with aclosing(self.indices.every(MOVIES, asked)) as hits:
            async for hit in hits:
                for body in legible([hit], MovieBody):
                    yield movie_of(body)

    async def by_id(self, movie_id: str) -> Movie:
        """The movie of an id; of several taggers' the latest.

        Raises:
            NothingFound: there is none.
        """
        asked = queries.movie_by_id(movie_id_in(movie_id) or movie_id)
        total, found = await self.indices.bodies(MOVIES, MovieBody, asked)
        if not found:
            raise NothingFound(
                f"There is no movie with the id {movie_id[:100]!r}."
                if not total
                else f"The movie with the id {movie_id[:100]!r} was written by another version of movietag:"
                " `movietag recount` writes it anew."
            )
        return movie_of(found[0])

    async def letters(self, query: LetterQuery) -> Letters:
        """The dead letters, of whatever vocabulary, newest first."""
        asked = queries.letters(query)
        total, found = await self.indices.bodies(DEAD_LETTERS, LetterBody, asked)
        there = min(query.limit, max(0, total - query.skip))
        return Letters(total, tuple(found), left_out(there - len(found)))

    async def every_letter(self, query: LetterQuery) -> AsyncGenerator[LetterBody, None]:
        """All dead letters as of now, however many there are; to be closed like ``rows``."""
        asked = {**queries.letters(query), "from": 0}
        async with aclosing(self.indices.every(DEAD_LETTERS, asked)) as hits:
            async for hit in hits:
                for body in legible([hit], LetterBody):
                    yield body

    async def rows(self) -> AsyncGenerator[TagRow, None]:
        """Every movie and tag as of now, by title and rank, however many there are.

        To be closed (``contextlib.aclosing``) by whoever does not read it to its end.
        """
        lifts = await self.lifts()
        async with aclosing(self.indices.every(MOVIE_TAGS, queries.rows())) as hits:
            async for hit in hits:
                for body in legible([hit], MovieTagBody):
                    yield row_of(body, lifts)

    async def older(self, alias: str, version: int) -> AsyncGenerator[str, None]:
        """Ids of all documents with a lower version; to be closed like ``rows``."""
        everything = {"query": {"match_all": {}}, "sort": ["_shard_doc"]}
        asked = {**everything, "version": True, "_source": False}
        async with aclosing(self.indices.every(alias, asked)) as hits:
            async for hit in hits:
                if hit["_version"] < version:
                    yield hit["_id"]


@asynccontextmanager
async def reader(settings: Settings) -> AsyncIterator[Reader]:
    """A reader of the settings' Elasticsearch, closed at the end.

    Its vocabulary is the settings', or the one that a retag elsewhere has put in its place.

    Raises:
        UsageError: the vocabulary cannot be read.
    """
    async with connected(settings) as es:
        vocabulary = load(settings.vocabulary, settings.match)
        with suppress(TransientError):  # the first search says it
            vocabulary = await searched(es, vocabulary)
        yield reader_with(es, settings, vocabulary)


def reader_with(es: AsyncElasticsearch, settings: Settings, vocabulary: Vocabulary) -> Reader:
    """A reader of a vocabulary, by a client of its Elasticsearch."""
    embedder = embedder_of(settings.embedder)
    return Reader(es, vocabulary, settings.not_cut, embedder, settings.embedder_floor)
