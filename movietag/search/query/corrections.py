"""What may be meant at the position where a query is wrong: a near tag, field or value, or words of a title. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, get_args

from movietag.documents import Status
from movietag.records import SourceKind
from movietag.search.query.errors import QueryError
from movietag.search.query.fields import (
    HELP,
    OF_FRAMES,
    OF_MOVIES,
    OTHER_NAMES,
    TAG,
    TAG_FIELDS,
    Kind,
    known_field,
)
from movietag.search.query.nearness import slips_between
from movietag.search.query.nodes import WORD, quoted
from movietag.search.query.tags import TagNames

_TERM: Final = re.compile(rf"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|{WORD}""", re.DOTALL)
_FIELD: Final = re.compile(r"(?P<name>[a-z_]+)\s*:\s*", re.IGNORECASE)
_TEXT_VALUE: Final = re.compile(
    rf"""(?<!\w)(?P<name>title|text|about|caption)s?\s*:\s*(?P<text>[^\s"'()]\S*(?:\s+(?!(?:and|or|not)\b|[-!]\w|(?:{"|".join((*HELP, *OTHER_NAMES, TAG))})\s*:)[^\s"()]+)*)""",
    re.IGNORECASE,
)
_TAGGED: Final = re.compile(
    rf"(?<!\w)(?:{'|'.join(TAG_FIELDS)})\s*:\s*(?P<tag>{WORD})\s*\Z", re.IGNORECASE
)
_COMPARED: Final = re.compile(r"\A\s*[<>=]+\s*[^\s()]+(?:\s*%)?")
"""A comparison: of a tag, not of words."""
_JOINING: Final = frozenset({"and", "or", "not"})
_VALUES: Final[dict[str, tuple[str, ...]]] = {
    "status": get_args(Status),
    "source": tuple(SourceKind),
    "images": ("0",),
}
_OTHER_VALUES: Final = {
    **dict.fromkeys(("finished", "done", "ready", "ok", "completed", "success"), ("complete",)),
    **dict.fromkeys(("pending", "waiting", "active", "progress", "busy"), ("running",)),
    **dict.fromkeys(("error", "broken", "failure"), ("failed",)),
    **dict.fromkeys(("none", "no", "zero", "missing", "unknown", "null"), ("0",)),
    **dict.fromkeys(("local", "disk", "folder", "path"), ("file", "images")),
}
_FROM_WEB: Final = ("search", "url")


def corrections(query: str, error: QueryError, names: TagNames, kind: Kind) -> Iterator[str]:
    """Queries that may be meant, the likeliest first; not necessarily valid ones."""
    position = error.position
    yield from _of_text(query, error, names)
    if tagged := _TAGGED.search(query, 0, position):
        yield f"{query[: tagged.start()]}{tagged['tag']}{query[position:]}"
    if field := _FIELD.match(query, position):
        yield from _of_field(query, field, names, kind)
    elif term := _TERM.match(query, position):
        before = query[:position]
        named = re.search(r"(?P<name>[a-z_]+)\s*:\s*\Z", before, re.IGNORECASE)
        if named and known_field(named["name"]) == TAG:
            plain = before[: named.start()] + " " * (named.end() - named.start()) + query[position:]
            yield from _of_tag(plain, term, error, names)
        elif named:
            yield from _of_value(query, named, term)
        else:
            yield from _of_tag(query, term, error, names)


def _of_text(query: str, error: QueryError, names: TagNames) -> Iterator[str]:
    """For words or signs behind a `title:` or the like: all of them in quotes, unless a tag may be meant."""
    for value in _TEXT_VALUE.finditer(query):
        parts = value["text"].split()
        tags = (
            error.unknown
            and value["name"].casefold() != "about"
            and any(map(names.find, parts[1:]))
        )
        if value.start() <= error.position <= value.end() and not tags:
            yield f"{query[: value.start('text')]}{quoted(value['text'])}{query[value.end() :]}"


def _of_tag(query: str, term: re.Match[str], error: QueryError, names: TagNames) -> Iterator[str]:
    """For an unknown tag: those near, the words added to the field before, or looked for in titles and captions."""
    before, after = query[: term.start()], query[term.end() :]
    yield from (f"{before}{quoted(tag)}{after.removeprefix('*')}" for tag in error.near)
    text, end = _run(query, term, names)
    after = _COMPARED.sub("", query[end:])
    if value := re.search(
        rf"(?P<name>text|title|about)\s*:\s*(?P<word>{WORD})\s+\Z", before, re.IGNORECASE
    ):
        joined = f"{value['word']} {text}"
        yield f"{before[: value.start()]}{value['name']}:{quoted(joined)}{after}"
    yield f"{before}title:{quoted(text.rstrip('*'))}{after}"
    yield f"{before}text:{quoted(text.rstrip('*'))}{'*' if text.endswith('*') else ''}{after}"


def _run(query: str, term: re.Match[str], names: TagNames) -> tuple[str, int]:
    """The words from an unknown one on that are no tags either, and where they end."""
    if term[1]:
        return term[0][1:-1], term.end()
    found, end = [term[0]], term.end()
    while (space := re.compile(r"\s+").match(query, end)) and (
        more := _TERM.match(query, space.end())
    ):
        follows = query[more.end() :].lstrip()[:1]
        if (
            more[1]
            or more[0].casefold() in _JOINING
            or names.find(more[0])
            or follows in set(":<>=")
        ):
            break
        found.append(more[0])
        end = more.end()
    return " ".join(found), end


def _of_field(query: str, field: re.Match[str], names: TagNames, kind: Kind) -> Iterator[str]:
    """For an unknown field: those near, else its value as a tag or as words of captions; one too many is left out."""
    before, after = query[: field.start()], query[field.end() :]
    name = known_field(field["name"])
    if name in TAG_FIELDS:
        yield f"{before}{after}"
    value = _TERM.match(after)
    if name in HELP:
        rest = after[value.end() :] if value else after
        yield re.sub(r"\s+(?:and|or)\s*\Z", "", before, flags=re.IGNORECASE) + re.sub(
            r"\A\s*(?:and|or)\b", "", rest, flags=re.IGNORECASE
        )
        return
    known = {
        **dict.fromkeys(HELP.keys() - (OF_FRAMES if kind == "movies" else OF_MOVIES)),
        TAG: None,
    }
    near = [one for one in (*known, *OTHER_NAMES) if slips_between(name, one) in {0, 1, 2}]
    for one in near:
        yield f"{before}{OTHER_NAMES.get(one, one)}:{after}"
    if value and not near:
        rest = after[value.end() :]
        text = value[0][1:-1] if value[1] else value[0]
        if tag := names.find(text):
            yield f"{before}{quoted(tag)}{rest}"
        yield f"{before}text:{quoted(text)}{rest}"
        yield f"{before}title:{quoted(text)}{rest}"


def _of_value(query: str, named: re.Match[str], term: re.Match[str]) -> Iterator[str]:
    """For an unknown value of a field: those near it or meant by it."""
    name = known_field(named["name"])
    text = (term[0][1:-1] if term[1] else term[0]).casefold()
    before, after = query[: term.start()], query[term.end() :]
    known = _VALUES.get(name, ())
    near = [one for one in known if slips_between(text, one) is not None]
    meant = near or [one for one in _OTHER_VALUES.get(text, ()) if one in known]
    for one in meant or (_FROM_WEB if name == "source" else ()):
        yield f"{before}{one}{after.removeprefix('*')}"
    if not known and term[0].endswith("*"):
        yield f"{before}{quoted(text.rstrip('*'))}{after}"
