"""The films of a table of queries, searched in memory: as ``benchmarks.cases.films`` searches them on a server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import TypeVar

import msgspec

from benchmarks.cases.films import LANGUAGE, NOT_CUT, Film, movie_body
from movietag.rules.stems import caption_stems
from movietag.search.client import make_client
from movietag.search.converting import movie_from
from movietag.search.query import Node
from movietag.search.query.evaluator import Evaluator
from movietag.search.query.fields import Kind
from movietag.search.query.nodes import Leaf, Text, leaves
from movietag.search.query.normal_form import NormalQuery, to_nnf
from movietag.search.ranking import MovieSearch
from movietag.search.reader import Reader
from movietag.search.results import Movie, Movies
from movietag.settings import Settings
from movietag.vocabulary import Vocabulary, load, words

T = TypeVar("T")


class MemoryReader(Reader):
    """Searches films that it holds; nothing is sent to a server."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__(make_client(Settings()), vocabulary, NOT_CUT, language=LANGUAGE)
        self.held: dict[str, tuple[Movie, str]] = {}

    async def matches(self, where: Node, kind: Kind) -> bool:
        """Whether a film matches."""
        return bool(self._found(to_nnf(where)))

    async def movies(self, search: MovieSearch) -> Movies:
        """The films that match; near titles for want of others."""
        found = self._found(to_nnf(search.where))
        normal = NormalQuery.of(search.where)
        missed = [title for title in normal.titles if not self._found(title)]
        if not found and missed:
            found = self._found(normal.with_near(missed).node)
        return Movies(len(found), tuple(found))

    def _found(self, where: Node) -> list[Movie]:
        texts = [leaf for leaf in leaves(where) if isinstance(leaf, Text)]
        joined: dict[Leaf, list[str]] = {text: self._with_caption(text) for text in texts}
        evaluator = Evaluator(self.not_cut, joined)
        return [movie for movie, _ in self.held.values() if evaluator.holds(where, movie)]

    def _with_caption(self, text: Text) -> list[str]:
        if text.begins:
            begun = f" {' '.join(words(text.words))}"
            return [key for key, (_, caption) in self.held.items() if begun in _line(caption)]
        stems = f" {caption_stems(text.words, LANGUAGE)} "
        return [
            key
            for key, (_, caption) in self.held.items()
            if stems in f" {caption_stems(caption, LANGUAGE)} "
        ]


class FilmMemory:
    """Films in memory, added as those of ``FilmIndex`` are."""

    def __init__(self) -> None:
        self.reader = MemoryReader(load("mpst"))

    def add(self, film: Film) -> None:
        """Add a film."""
        self.add_all([film])

    def add_all(self, films: Iterable[Film]) -> None:
        """Add films."""
        for film in films:
            body = movie_body(film, msgspec.json.encode(film).decode(), self.reader.vocabulary)
            self.reader.held[body.movie_id] = (movie_from(body), film.caption)

    def searched(self, search: Callable[[Reader], Coroutine[object, object, T]]) -> T:
        """What a search of the films returns."""
        return asyncio.run(search(self.reader))


def _line(caption: str) -> str:
    return f" {' '.join(words(caption))} "
