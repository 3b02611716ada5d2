"""The fields of a query, e.g. `year:1990..1999`: their names and values."""

from __future__ import annotations

from typing import Final, Literal, get_args

from movietag.documents import Status
from movietag.errors import UsageError
from movietag.records import CaptionQuality, SourceKind
from movietag.search.query.image_counts import image_counts_of
from movietag.search.query.nodes import About, Field, FieldName, Leaf, Text, TitleWords
from movietag.search.query.years import years_of
from movietag.vocabulary import words

Kind = Literal["movies", "frames"]

HELP: Final[dict[str, str]] = {
    "text": "words of a caption or the title",
    "title": "words of the title, or their beginnings",
    "about": "what a caption is about, in words of your own",
    "year": "a year, or a range: 1990..1999, 1990.., ..1999",
    "tagger": "id of the tagger, or its beginning with a *",
    "movie": "id of a movie",
    "images": "how many images are counted, or a range: 0, 1..49, 50..",
    "status": "running, complete or failed",
    "source": f"the origin of a video: {', '.join(SourceKind)}",
    "quality": f"the mark of a caption: {', '.join(CaptionQuality)}",
}
TAG: Final = "tag"
"""The field of a tag, which needs none: `tag:horror` is `horror`."""
TAG_FIELDS: Final = tuple(
    f"{name}{end}"
    for name in (TAG, "genre", "mood", "style", "topic", "theme", "keyword", "category", "label")
    for end in ("", "s")
)
"""What people name it."""
OTHER_NAMES: Final = {
    **dict.fromkeys(("tags", "keyword", "keywords"), TAG),
    **dict.fromkeys(("caption", "captions", "texts"), "text"),
    **dict.fromkeys(("titles", "name"), "title"),
    **dict.fromkeys(("years", "decade", "released", "release"), "year"),
    **dict.fromkeys(("image", "frames"), "images"),
}
"""Other names of fields, and the name of each."""
MOST_WORDS: Final = 64  # in `about:`; each becomes a clause of the search
OF_MOVIES: Final = frozenset({"status", "source", "images"})  # frames do not have these
OF_FRAMES: Final = frozenset({"quality"})  # movies do not have these
_VALUES: Final[dict[FieldName, tuple[str, ...]]] = {
    "status": get_args(Status),
    "source": tuple(SourceKind),
    "quality": tuple(CaptionQuality),
}


class UnknownFieldError(ValueError):
    """An unknown field; the text lists the known ones."""


def known_field(name: str) -> str:
    """The name of the field that a query names, in any case, followed by a colon or not."""
    plain = name.rstrip(": \t\r\n").casefold()
    return OTHER_NAMES.get(plain, plain)


def parse_field(name: str, text: str, *, begins: bool, kind: Kind) -> Leaf:
    """Parse `name:text` into a condition.

    Raises:
        UnknownFieldError: the field does not exist, or not for documents of this kind.
        ValueError: the value is invalid; the text says which values are valid.
    """
    known = HELP.keys() - (OF_FRAMES if kind == "movies" else OF_MOVIES)
    if name not in known:
        of = f" for {'movies' if kind == 'movies' else 'scenes'}" if name in HELP else ""
        raise UnknownFieldError(f"Unknown field {name!r}{of}; known: {_listed(known)}.")
    if name in {"text", "about", "title"}:
        count = TitleWords(text).wanted.words if name == "title" else len(words(text))
        if not count:
            raise ValueError(f"{name}: needs a word; its value is {HELP[name]}.")
        if name == "about":
            return _about(text, count, begins=begins)
        return Text(text, begins) if name == "text" else TitleWords(text)
    if name in {"year", "images"}:
        return years_of(text) if name == "year" else image_counts_of(text)
    return _field(name, text, begins=begins)


def _about(text: str, count: int, *, begins: bool) -> About:
    if begins:
        raise ValueError("about: takes no *: it searches by meaning, not by words.")
    if count > MOST_WORDS:
        raise ValueError(f"about: takes at most {MOST_WORDS} words; got {count}.")
    return About(text)


def title_condition(text: str) -> Leaf:
    """The condition that the title has these words.

    Raises:
        UsageError: the text contains no word.
    """
    try:
        return parse_field("title", text, begins=False, kind="movies")
    except ValueError as error:
        raise UsageError(str(error)) from None


def _field(name: str, text: str, *, begins: bool) -> Field:
    for field in get_args(FieldName):
        if field != name:
            continue
        if begins and field != "tagger":
            raise ValueError(f"{name}: takes no *; its value is {HELP[name]}.")
        allowed = _VALUES.get(field)
        value = text.casefold() if allowed else text
        if allowed and value not in allowed:
            raise ValueError(f"{name}: must be one of {', '.join(allowed)}.")
        return Field(field, value, begins)
    raise UnknownFieldError(name)


def _listed(names: set[str]) -> str:
    return ", ".join(name for name in HELP if name in names)
