"""Titles as users give them, made into messages: for `movietag add` and for the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from movietag.crawl.guard import check_url
from movietag.errors import PermanentError, UsageError
from movietag.records import Title
from movietag.settings import Settings
from movietag.titles import parse_title


class Added(msgspec.Struct, frozen=True):
    """One title that was sent, and the id its movie has."""

    movie_id: str
    title: str
    year: int | None


def message(line: str, places: Mapping[str, Sequence[str]], *, refresh: bool) -> bytes:
    """The message of a title: the line itself, or JSON when there is more to say.

    ``places`` are its own `urls`, `files` and `images`.

    Raises:
        UsageError: the line is no title.
    """
    extra = {name: given for name, given in places.items() if given}
    if not (extra or refresh) or line.startswith("{"):
        return line.encode()
    title = parse(line)
    return msgspec.json.encode(
        {
            "title": title.title,
            "year": title.year,
            **extra,
            **({"refresh": True} if refresh else {}),
        }
    )


def checked(value: bytes, settings: Settings) -> Added:
    """What a message adds.

    The URLs of its videos are held against the settings of here; the stages do it again with theirs.

    Raises:
        UsageError: the stages would refuse it.
    """
    title = parse(value.decode())
    try:
        for url in title.sources.urls:
            check_url(url, settings.sites, settings.private_hosts)
    except PermanentError as error:
        raise UsageError(error.reason) from None
    return Added(title.movie_id, title.title, title.year)


def parse(line: str) -> Title:
    """A title as the stages will read it; refused here already when it does not fit."""
    try:
        return parse_title(line.encode("utf-8", "surrogateescape"))
    except PermanentError as error:
        raise UsageError(f"{line[:80]!r}: {error.reason}") from None
