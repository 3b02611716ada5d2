"""Titles of different catalogues, normalised to one form."""

from __future__ import annotations

import re
from collections.abc import Iterator

from movietag.crawl.judging.folding import fold
from movietag.vocabulary import words

_OTHER_NAME = re.compile(r"\s*\((?:a\.k\.a\.\s*)?(?P<name>[^()]*)\)\s*$")
_ARTICLE = re.compile(
    r"(?P<rest>.*\S), (?P<article>The|A|An|Les?|La|L'|Il|Lo|I|Gli|El|Los|Las|Der|Die|Das|Den|Det|O|Os)",
    re.IGNORECASE,
)


def imdb_id(text: str) -> str:
    """An IMDb id in its long form: `114709` and `tt0114709` give `tt0114709`; any other text gives an empty one."""
    digits = text.strip().lower().removeprefix("tt")
    return f"tt{digits:0>7}" if digits.isascii() and digits.isdigit() else ""


def keys(title: str) -> Iterator[tuple[str, ...]]:
    """The words of a title, then of its alternative titles: equal if catalogues mean the same title.

    MovieLens puts the article last (`Matrix, The`) and an alternative title into brackets
    (`City of Lost Children, The (Cité des enfants perdus, La)`).
    """
    return (words(name) for name in _names(title))


def loose_keys(title: str) -> Iterator[str]:
    """The letters of a title and of its alternative titles, without what people write differently.

    Accents, blanks, `&` and "and", `Mr.` and "mister", `³`, `III` and "three" make no difference: for titles that are in no
    catalogue as they are written.
    """
    return ("".join(word.text for word in fold(name)) for name in _names(title))


def _names(title: str) -> Iterator[str]:
    """A title and its alternative titles, each with its article first."""
    while True:
        other = _OTHER_NAME.search(title)
        yield _article_first(title[: other.start()] if other else title)
        if other is None or not other.start():
            return
        yield _article_first(other["name"])
        title = title[: other.start()]


def _article_first(title: str) -> str:
    match = _ARTICLE.fullmatch(title.strip())
    return f"{match['article']} {match['rest']}" if match else title
