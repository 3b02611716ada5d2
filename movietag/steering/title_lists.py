"""What becomes of a list of titles before any is sent: messages, what is refused, and which titles are equal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from movietag.adding import Added, message, validated
from movietag.errors import UsageError
from movietag.rules.title_lists import ListedTitle
from movietag.rules.titles import parse_title
from movietag.settings import Settings


class RefusedTitle(msgspec.Struct, frozen=True):
    """A title that was not sent; ``line``: of the list, 0 for an argument."""

    line: int
    text: str
    reason: str


class EqualTitles(msgspec.Struct, frozen=True):
    """Titles that are one movie, by the numbers of their lines (0: an argument)."""

    movie_id: str
    title: str
    year: int | None
    lines: tuple[int, ...]


class CheckedTitles(msgspec.Struct, frozen=True):
    """The titles that fit, those that are refused, and those that are one movie."""

    added: tuple[Added, ...]
    refused: tuple[RefusedTitle, ...] = ()
    equal: tuple[EqualTitles, ...] = ()


def check_titles(
    listed: Sequence[ListedTitle],
    sources: Mapping[str, Sequence[str]],
    settings: Settings,
    *,
    refresh: bool,
    adds_only: bool = False,
) -> tuple[list[bytes], CheckedTitles]:
    """The messages of titles, and what they add.

    ``adds_only`` refuses a title that forgets or cancels its movie.
    """
    values: list[bytes] = []
    added: list[Added] = []
    refused: list[RefusedTitle] = []
    lines: dict[str, list[int]] = {}
    for one in listed:
        try:
            own = {**sources, "files": [*sources.get("files", ()), *one.files]}
            value = message(one.text, own, refresh=refresh)
            known = validated(value, settings)
            if adds_only:
                _require_adding(value)
        except UsageError as error:
            refused.append(RefusedTitle(one.number, one.text, str(error)))
            continue
        values.append(value)
        added.append(known)
        lines.setdefault(known.movie_id, []).append(one.number)
    first = {known.movie_id: known for known in reversed(added)}
    equal = [
        EqualTitles(movie_id, first[movie_id].title, first[movie_id].year, tuple(numbers))
        for movie_id, numbers in lines.items()
        if len(numbers) > 1
    ]
    return values, CheckedTitles(tuple(added), tuple(refused), tuple(equal))


def _require_adding(value: bytes) -> None:
    title = parse_title(value)
    if title.forget or title.cancel:
        does = "forgets" if title.forget else "cancels"
        raise UsageError(
            f"It {does} the movie; this call adds titles only: there is another call for it."
        )
