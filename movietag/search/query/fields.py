"""The fields of a query, such as `year:1990..1999`: which there are, and what they hold."""

from __future__ import annotations

import re
from typing import Final, Literal, get_args

from movietag.documents import Status
from movietag.errors import UsageError
from movietag.records import SourceKind
from movietag.search.query.nodes import About, Field, FieldName, Leaf, Text, TitleWords, Year
from movietag.vocabulary import words

Kind = Literal["movies", "frames"]

HELP: Final[dict[str, str]] = {
    "text": "words of a caption or the title",
    "title": "words of the title, or their beginnings",
    "about": "what a caption is about, in words of your own",
    "year": "a year, or a range: 1990..1999, 1990.., ..1999",
    "tagger": "id of the tagger, or its beginning with a *",
    "movie": "id of a movie",
    "status": "running, complete or failed",
    "source": f"where a video comes from: {', '.join(SourceKind)}",
}
MOST_WORDS: Final = 64  # of `about:`; each is a clause of the search
OF_MOVIES: Final = frozenset({"status", "source"})  # a frame does not have these
_YEARS = re.compile(r"(?P<first>\d{1,4})?(?:(?P<to>\.\.)(?P<last>\d{1,4})?)?")
_VALUES: Final[dict[FieldName, tuple[str, ...]]] = {
    "status": get_args(Status),
    "source": tuple(SourceKind),
}


class UnknownFieldError(ValueError):
    """A field that there is not; the text names those that there are."""


def read(name: str, text: str, *, begins: bool, kind: Kind) -> Leaf:
    """The condition that a field holds a text.

    Raises:
        UnknownFieldError: no such field, or not of scenes.
        ValueError: the field cannot hold that; the text says what it holds.
    """
    known = {field for field in HELP if kind == "movies" or field not in OF_MOVIES}
    if name not in known:
        of = " of scenes" if name in HELP else ""
        raise UnknownFieldError(f"There is no field {name!r}{of}; there are {_listed(known)}.")
    if name in {"text", "about", "title"}:
        if not (count := len(words(text))):
            raise ValueError(f"{name}: needs a word; it holds {HELP[name]}.")
        if name == "about":
            return _about(text, count, begins=begins)
        return Text(text, begins) if name == "text" else TitleWords(text)
    if name == "year":
        return _year(text)
    return _field(name, text, begins=begins)


def _about(text: str, count: int, *, begins: bool) -> About:
    if begins:
        raise ValueError("about: takes no *: it looks for a meaning, whatever the words.")
    if count > MOST_WORDS:
        raise ValueError(f"about: takes {MOST_WORDS} words at most; these are {count}.")
    return About(text)


def titled(text: str) -> Leaf:
    """The condition on words of the title.

    Raises:
        UsageError: the text has no word.
    """
    try:
        return read("title", text, begins=False, kind="movies")
    except ValueError as error:
        raise UsageError(str(error)) from None


def _year(text: str) -> Year:
    found = _YEARS.fullmatch(text)
    if not found or not (found["first"] or found["last"]):
        raise ValueError(f"year: holds {HELP['year']}.")
    first, last = (int(found[end]) if found[end] else None for end in ("first", "last"))
    if not found["to"]:
        return Year(first, first)
    if first is not None and last is not None and first > last:
        raise ValueError(f"No year lies in {text}: write {last}..{first}.")
    return Year(first, last)


def _field(name: str, text: str, *, begins: bool) -> Field:
    for field in get_args(FieldName):
        if field != name:
            continue
        if begins and field != "tagger":
            raise ValueError(f"{name}: takes no *; it holds {HELP[name]}.")
        allowed = _VALUES.get(field)
        value = text.casefold() if allowed else text
        if allowed and value not in allowed:
            raise ValueError(f"{name}: is one of {', '.join(allowed)}.")
        return Field(field, value, begins)
    raise UnknownFieldError(name)


def _listed(names: set[str]) -> str:
    return ", ".join(name for name in HELP if name in names)
