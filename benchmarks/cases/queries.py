r"""Texts in the search box, and what should happen, said in English (``benchmarks.cases.wishes`` has the forms).

The texts are searched in an Elasticsearch of their own. Where a row expects titles or captions, a film with these words
is added first; films of earlier rows remain. A row whose wish has another form is printed by ``figures`` under
``unjudged`` and counts for nobody.
"""

from __future__ import annotations

import atexit
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from benchmarks.cases import Outcome
from benchmarks.cases.films import Film, FilmIndex, Films, started_elasticsearch
from benchmarks.cases.wishes import CameBack, film_title, fulfilled
from movietag.errors import UsageError
from movietag.search.query import QueryError, render
from movietag.search.query.nodes import quoted
from movietag.search.ranking import MovieSearch
from movietag.search.reader import Reader
from movietag.search.understanding import understand

COLUMNS: Final = ("query", "should happen")
UNJUDGED: Final = "not judged: "
_TAGGED: Final = re.compile(r"tag (?P<tag>[\w -]+?) and (?:title or text|text) (?P<rest>\w+)")

_WORDED: Final = re.compile(r"(?:year (?P<year>\d{4})s? and )?title or text (?P<rest>\w+)")


@lru_cache(1)
def films() -> FilmIndex:
    """The films that the rows are searched in, in an Elasticsearch of their own."""
    index = FilmIndex(started_elasticsearch())
    atexit.register(index.remove)
    return index


def check(row: Mapping[str, str]) -> Outcome:
    """Search the text, and compare."""
    return checked(films(), row)


def add_films(index: Films, rows: Sequence[Mapping[str, str]]) -> None:
    """Add the films of all rows at once, which is quicker than row by row."""
    index.add_all(film for row in rows for film in _films_of(row["query"], row["should happen"]))


def checked(index: Films, row: Mapping[str, str]) -> Outcome:
    """Search the text among films, and compare."""
    text, expected = row["query"], row["should happen"]
    for film in _films_of(text, expected):
        index.add(film)
    came = index.searched(lambda reader: _came(reader, text))
    verdict = fulfilled(expected, came)
    told = described(came)
    if verdict is None:
        return Outcome(right=False, came=f"{UNJUDGED}{told}", counted=False)
    return Outcome(verdict, told)


def figures(rows: Sequence[Mapping[str, str]], outcomes: Sequence[Outcome]) -> dict[str, object]:
    """The rows that were not judged."""
    pairs = zip(rows, outcomes, strict=True)
    return {
        "unjudged": [
            f"{row['query']}: {row['should happen']}"
            for row, outcome in pairs
            if not outcome.counted
        ]
    }


def described(came: CameBack) -> str:
    """What came of a text, in words."""
    if came.error is not None:
        return f"{came.error.problem} {' / '.join(came.error.advice)}".strip()
    told = "" if came.node is None else render(came.node)
    if came.reading:
        others = " / ".join(other.query for other in came.reading.others)
        told = f"read as {told}; others {others}; near {', '.join(came.reading.near) or '-'}"
    return f"{told}; titles {', '.join(map(quoted, came.titles)) or '-'}"


async def _came(reader: Reader, text: str) -> CameBack:
    names = reader.names
    try:
        understood = await understand(reader, text, "movies")
    except QueryError as error:
        return CameBack(text, names, error=error)
    try:
        found = await reader.movies(MovieSearch(understood.node, limit=100))
    except UsageError as error:  # e.g. `about:` where nothing is embedded
        impossible = QueryError(str(error), text, 0)
        return CameBack(text, names, understood.node, understood.reading, impossible)
    titles = tuple(movie.title for movie in found.movies)
    return CameBack(text, names, understood.node, understood.reading, None, titles)


def _films_of(text: str, expected: str) -> list[Film]:
    """The films that a row needs: by their titles, or by their captions."""
    films = []
    if tagged := _TAGGED.search(expected):
        films.append(
            Film("Nameless", tags={tagged["tag"]: 8}, caption=f"There is a {tagged['rest']}.")
        )
    elif worded := _WORDED.match(expected):
        released = int(worded["year"]) if worded["year"] else None
        films.append(Film("Nameless", released, caption=f"There is a {worded['rest']}."))
    elif expected.startswith("that title"):
        films.append(Film(film_title(text.removeprefix("title:"))))
    elif re.search(r"\btitles\b|a title or", expected):
        year = re.search(r"(?:18|19|20)\d\d$", text)
        films.append(Film(film_title(text), int(year[0]) if year else None))
    if "captions" in expected:
        films.append(Film("Silent Reel", caption=f"We see {text}."))
    return films
