"""What `movietag add` makes of a list before it sends anything: messages, what is refused, and which titles are equal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from movietag.adding import Added, message, validated
from movietag.cli.folder_films import FolderReport
from movietag.cli.output import plain, warn
from movietag.errors import UsageError
from movietag.rules.envelopes import FORM
from movietag.rules.title_lists import ListedTitle
from movietag.settings import Settings

MOST_SHOWN: Final = 10  # refused titles, and equal ones


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


class AddedTitles(msgspec.Struct, frozen=True):
    """The titles that were sent, those that are refused, and those that are one movie; ``folder``: of --folder."""

    added: tuple[Added, ...]
    refused: tuple[RefusedTitle, ...] = ()
    equal: tuple[EqualTitles, ...] = ()
    folder: FolderReport | None = None


def check_titles(
    listed: Sequence[ListedTitle],
    sources: Mapping[str, Sequence[str]],
    settings: Settings,
    *,
    refresh: bool,
) -> tuple[list[bytes], AddedTitles]:
    """The messages of titles, and what they add."""
    values: list[bytes] = []
    added: list[Added] = []
    refused: list[RefusedTitle] = []
    lines: dict[str, list[int]] = {}
    for one in listed:
        try:
            own = {**sources, "files": [*sources.get("files", ()), *one.files]}
            value = message(one.text, own, refresh=refresh)
            known = validated(value, settings)
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
    return values, AddedTitles(tuple(added), tuple(refused), tuple(equal))


def refuse(refused: Sequence[RefusedTitle], total: int, *, skip_bad: bool) -> None:
    """Say which titles are refused, ten at most, each with its line.

    Raises:
        UsageError: there are some, and the others are not to be added without them.
    """
    if not refused:
        return
    if len(refused) == total == 1:
        raise UsageError(refused[0].reason)
    for one in refused[:MOST_SHOWN]:
        where = f"line {one.line}: " if one.line else ""
        warn(plain(f"{where}{one.reason.removesuffix(FORM)}"))
    if len(refused) > MOST_SHOWN:
        warn(f"… and {len(refused) - MOST_SHOWN:,} more.")
    are = f"{len(refused):,} of {total:,} titles {'is' if len(refused) == 1 else 'are'} refused"
    if not skip_bad:
        raise UsageError(f"{are}, so none was added. Correct them, or add the others: --skip-bad.")
    warn(f"{are}; the others are added.")


def tell_equal(equal: Sequence[EqualTitles]) -> None:
    """Say which titles are one movie, ten at most."""
    for one in equal[:MOST_SHOWN]:
        numbers = ", ".join(f"{number}" for number in one.lines[:5] if number)
        where = f" (lines {numbers})" if numbers else ""
        year = f" ({one.year})" if one.year else ""
        warn(
            plain(
                f"{one.title}{year} is there {len(one.lines)} times{where}: one movie, unless ids tell films apart, e.g."
                f" `{one.title}{year} {{imdb-tt…}}`."
            )
        )
    if len(equal) > MOST_SHOWN:
        warn(f"… and {len(equal) - MOST_SHOWN:,} more movies.")
