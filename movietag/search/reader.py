"""Runs the queries: commands and the page read Elasticsearch only through ``Reader``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial

import msgspec
from elasticsearch import AsyncElasticsearch

from movietag.documents import (
    DEAD_LETTERS,
    FRAMES,
    MOVIE_TAGS,
    MOVIES,
    LetterBody,
    MovieBody,
    has_tag_fields,
)
from movietag.embedding.embedder import Embedder, embedder_of
from movietag.errors import TransientError, UsageError
from movietag.search import lift, queries, ranking
from movietag.search.about import MeaningSearch
from movietag.search.client import connected
from movietag.search.converting import movie_from, with_near
from movietag.search.index.ensuring import current_vocabulary
from movietag.search.indices import Indices, decode_hits, omitted
from movietag.search.joining import Candidates, Search
from movietag.search.lift import Lifts
from movietag.search.meant_tags import MeantTags
from movietag.search.movie_lookups import MovieLookups
from movietag.search.near import forgiving
from movietag.search.paging import read_page
from movietag.search.prepared import PreparedQuery, RankedQuery, prepare_query
from movietag.search.queries import LetterQuery
from movietag.search.query import Node, parse
from movietag.search.query.elastic import Target
from movietag.search.query.fields import Kind
from movietag.search.query.normal_form import NormalQuery
from movietag.search.query.tags import TagNames
from movietag.search.ranking import MovieSearch, RankedMovies
from movietag.search.results import LeftOut, Letters, Movies
from movietag.search.slot_widths import SlotWidths
from movietag.settings import Settings
from movietag.vocabulary import Vocabulary, load

__all__ = ["LetterQuery", "Letters", "Reader", "reader"]


class Reader(MovieLookups):
    """Searches in the indices of one vocabulary.

    Every method raises:
        TransientError: the server is unreachable, or has no index of this vocabulary.
    """

    def __init__(
        self,
        es: AsyncElasticsearch,
        vocabulary: Vocabulary,
        not_cut: float,
        embedder: Embedder | None = None,
        floor: float = 0.0,
        language: str = "",
        tag_floor: float = 1.0,
    ) -> None:
        super().__init__(Indices(es, vocabulary.vocabulary_id))
        self.es = es
        self.widths = SlotWidths(self.indices)
        self.meaning_search = MeaningSearch(embedder, floor)
        self.meant_tags = MeantTags(embedder, vocabulary.tags, tag_floor)
        self.vocabulary = vocabulary
        self.names = TagNames(vocabulary)
        self.not_cut = not_cut
        self.language = language
        self.flat = not has_tag_fields(vocabulary)

    def parse(self, query: str, kind: Kind = "movies") -> Node:
        """Parse a query of the query language.

        Raises:
            QueryError: the query is invalid.
        """
        return parse(query, self.names, kind)

    def target(self, kind: Kind) -> Target:
        """The documents of a kind, of whose queries no condition is resolved yet."""
        return Target(kind, self.flat, self.not_cut, {}, self.language)

    async def prepare(
        self,
        query: NormalQuery,
        kind: Kind,
        candidates: Candidates = None,
        snapshot: str = "",
        *,
        by_text: bool = False,
    ) -> PreparedQuery:
        """Prepare a query: resolve what other indices answer. ``candidates`` restricts it to these movies.

        Raises:
            UsageError: see ``prepare_query``.
            SnapshotLostError: the snapshot (of `frames`) is gone.
        """
        search = Search(self.indices, query, self.target(kind), candidates, snapshot)
        return await prepare_query(search, self.meaning_search, by_text=by_text)

    async def matches(self, where: Node, kind: Kind) -> bool:
        """Whether any movie or frame matches a query; near titles do not count.

        Raises:
            UsageError: see ``prepare``.
        """
        prepared = await self.prepare(NormalQuery.of(where), kind)
        alias = MOVIES if kind == "movies" else FRAMES
        return await self.indices.count(alias, prepared.clause, most=1) > 0

    async def forgiven(self, where: Node, kind: Kind) -> Node:
        """The query, with near titles if nothing matches it.

        Raises:
            UsageError: see ``prepare``.
        """
        matches = partial(self.matches, kind=kind)
        return (await forgiving(self.indices, where, matches, int)).query

    async def movies(self, search: MovieSearch) -> Movies:
        """The matching movies, best first, each with the conditions that it matches; near titles for want of others.

        Raises:
            UsageError: see ``prepare``; or the query has no words to rank by text or meaning; or the cursor belongs
                to another search.
            CursorExpiredError: another version of movietag made the cursor.
            SnapshotLostError: the search's snapshot is gone.
        """
        found = await forgiving(
            self.indices,
            search.where,
            lambda where: self.exact_movies(replace(search, where=where)),
            lambda movies: movies.total,
        )
        return with_near(found.answer, found.near)

    async def ranked(self, search: MovieSearch) -> RankedQuery:
        """Prepare a search for movies in its order, without near titles; raises like ``movies``."""
        by = ranking.order_of(search.by, search.query)
        search = replace(search, by=by)
        page = ranking.page_request(search, by)
        prepared = await self.prepare(search.query, "movies", by_text=by == "text")
        best = prepared.best
        if by == "meaning":
            if prepared.about is None:
                raise UsageError("Ranking by meaning needs words: the query has no about:WORDS.")
            best = RankedMovies(prepared.about.scores)
        query = ranking.search_query(search, prepared.clause, self.flat, best)
        exact = search.query.without_texts().node if self.flat else None
        return RankedQuery(prepared, query, page, exact)

    async def exact_movies(self, search: MovieSearch) -> Movies:
        """Like ``movies``, without near titles."""
        ranked = await self.ranked(search)
        prepared = ranked.prepared
        page, left_out = await asyncio.gather(
            read_page(self.indices, MOVIES, ranked.query, ranked.page),
            self._left_out(prepared, search),
        )
        bodies = decode_hits(page.hits, MovieBody)
        explained = (prepared.explained(movie_from(body), search.lifts) for body in bodies)
        movies = [movie for movie in explained if ranked.keeps(movie)]
        unreadable = omitted(len(page.hits) - len(bodies))
        return Movies(
            page.total,
            tuple(movies),
            page.turns.next,
            unreadable,
            previous=page.turns.previous,
            first=page.turns.first if page.hits else msgspec.UNSET,
            left_out=left_out,
        )

    async def _left_out(
        self, prepared: PreparedQuery, search: MovieSearch
    ) -> LeftOut | msgspec.UnsetType:
        """The movies without images that a search leaves out, of its first page."""
        if prepared.uncounted is None or search.cursor:
            return msgspec.UNSET
        return await prepared.uncounted.count(self.indices)

    async def lifts(self) -> Lifts:
        """The mean ratio of each tag over all complete movies, as of now."""
        return lift.lifts_from(await self.indices.search(MOVIE_TAGS, lift.means_query()))

    async def letters(self, query: LetterQuery) -> Letters:
        """The matching dead letters, newest first; they belong to no vocabulary."""
        request = queries.letters(query)
        total, letters = await self.indices.bodies(DEAD_LETTERS, LetterBody, request)
        expected = min(query.limit, max(0, total - query.skip))
        return Letters(total, tuple(letters), omitted(expected - len(letters)))


@asynccontextmanager
async def reader(settings: Settings) -> AsyncIterator[Reader]:
    """A reader of the configured Elasticsearch, closed on exit.

    Its vocabulary is the configured one, or the one that a retag on another machine has made current.

    Raises:
        UsageError: the vocabulary is invalid.
    """
    async with connected(settings) as es:
        vocabulary = load(settings.vocabulary, settings.match)
        with suppress(TransientError):  # the first search raises it
            vocabulary = await current_vocabulary(es, vocabulary)
        yield reader_with(es, settings, vocabulary)


def reader_with(es: AsyncElasticsearch, settings: Settings, vocabulary: Vocabulary) -> Reader:
    """A reader of a vocabulary, using an open client."""
    embedder = embedder_of(settings.embedder)
    return Reader(
        es,
        vocabulary,
        settings.not_cut,
        embedder,
        settings.embedder_floor,
        settings.caption_language,
        settings.embedder_tag_floor,
    )
