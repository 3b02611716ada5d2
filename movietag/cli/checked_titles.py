"""What `movietag add` says of a list before it sends anything: what is refused, and which titles are equal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from movietag.cli.folder_films import FolderReport
from movietag.cli.output import plain, warn
from movietag.errors import UsageError
from movietag.rules.envelopes import FORM
from movietag.steering.title_lists import CheckedTitles, EqualTitles, RefusedTitle

MOST_SHOWN: Final = 10  # refused titles, and equal ones


class AddedTitles(CheckedTitles, frozen=True):
    """What was made of a list, as `movietag add --json` prints it; ``folder``: of --folder."""

    folder: FolderReport | None = None


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
