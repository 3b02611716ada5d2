"""What the shell offers for tags, titles, queries and saved names; nothing, silently, where it cannot be known soon."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, TypeVar, get_args

from movietag.documents import Status
from movietag.errors import MovietagError
from movietag.records import SourceKind
from movietag.search.autocomplete import suggest
from movietag.search.client import connected
from movietag.search.naming import named
from movietag.search.query.fields import HELP
from movietag.search.query.nodes import quoted
from movietag.search.ranking import MovieSearch
from movietag.search.reader import Reader, reader
from movietag.search.saved import list_saved
from movietag.settings import get_settings
from movietag.vocabulary import load

SECONDS: Final = 1.0  # for the server; a key press waits for it
MOST: Final = 20
JOINING: Final = ("and", "or", "not")
VALUES: Final = {"status": get_args(Status), "source": tuple(SourceKind), "tag": ()}
_LAST_WORD: Final = re.compile(r"""(?:^|(?<=[\s(!]))-?(?P<word>["']?[^\s()!"']*)$""")

T = TypeVar("T")


def complete_tags(incomplete: str) -> list[str]:
    """Tags that begin so."""
    return _beginning(incomplete, _tags())


def complete_titles(incomplete: str) -> list[str]:
    """Titles with their years that begin so; without a beginning those added last."""

    async def titles() -> list[str]:
        async with reader(get_settings()) as library:
            return await _titles(library, incomplete)

    return _beginning(incomplete, _soon(titles, []))


def complete_saved(incomplete: str) -> list[str]:
    """Names of saved searches that begin so."""

    async def names() -> list[str]:
        async with connected(get_settings()) as es:
            return [one.name for one in (await list_saved(es)).searches]

    return _beginning(incomplete, _soon(names, []))


def complete_query(incomplete: str) -> list[str]:
    """The query with its last word completed: to a tag, a field, its value, or a joining word; or to a whole title."""
    found = _LAST_WORD.search(incomplete)
    if found is None:
        return []
    word, before = found["word"], incomplete[: found.start("word")]
    name, colon, value = word.partition(":")
    if colon:
        values = VALUES.get(name.casefold(), ())
        made = [f"{name}:{one}" for one in values if one.startswith(value.casefold())]
    else:
        plain = word.lstrip("\"'")
        write = quoted if plain != word else _joined
        made = [write(tag) for tag in _tags() if tag.startswith(plain.casefold())]
        made += [f"{field}:" for field in HELP if plain and field.startswith(plain)]
        made += [one for one in JOINING if plain and before.strip() and one.startswith(plain)]
        made = [one for one in made if one.startswith(word)]
    whole = complete_titles(incomplete) if not made and len(incomplete) > 1 else []
    return [*(before + one for one in made), *whole]


async def _titles(library: Reader, text: str) -> list[str]:
    if text:
        suggestions = (await suggest(library, text, MOST)).suggestions
        return [one.text for one in suggestions if one.kind == "movie"]
    movies = (await library.movies(MovieSearch(by="recency", limit=MOST))).movies
    return [named(movie.title, movie.year) for movie in movies]


def _joined(tag: str) -> str:
    """A tag as one word that needs no quotes."""
    return tag.replace(" ", "_")


def _tags() -> tuple[str, ...]:
    try:
        settings = get_settings()
        return load(settings.vocabulary, settings.match).tags
    except MovietagError:
        return ()


def _beginning(incomplete: str, texts: Iterable[str]) -> list[str]:
    """Those that begin so in any case; what was typed stays as it is, since shells replace nothing else."""
    size = len(incomplete)
    return [
        incomplete + text[size:]
        for text in texts
        if text[:size].casefold() == incomplete.casefold()
    ]


def _soon(work: Callable[[], Awaitable[T]], instead: T) -> T:
    """What the work returns within ``SECONDS``; else ``instead``."""

    async def limited() -> T:
        async with asyncio.timeout(SECONDS):
            return await work()

    try:
        return asyncio.run(limited())
    except (MovietagError, TimeoutError, OSError):
        return instead
