"""Asks before `movietag add` sends titles that forget, or tag again, a large part of the library."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from movietag.cli.output import run
from movietag.documents import MOVIES
from movietag.errors import UsageError
from movietag.recount.deleting import is_many
from movietag.rules.titles import parse_title
from movietag.search.reader import reader
from movietag.settings import Settings, get_settings


def confirm_many(values: Sequence[bytes]) -> None:
    """Ask before more than a few percent of all movies are forgotten or tagged again.

    Raises:
        UsageError: they are many, and nobody can be asked.
    """
    titles = [parse_title(value) for value in values]
    asked = {
        "forgets": {title.movie_id for title in titles if title.forget},
        "searches and tags again": {title.movie_id for title in titles if title.refresh},
    }
    most = max(map(len, asked.values()))
    if not is_many(most, 0):  # too few for any library
        return
    total = run(_count_movies(get_settings()))
    if not is_many(most, total):
        return
    what = " and ".join(f"{does} {len(ids):,}" for does, ids in asked.items() if ids)
    if not sys.stdin.isatty():
        raise UsageError(
            f"This {what} of {total:,} movies. Nothing was sent. If it is right: the same command with --yes"
        )
    typer.confirm(f"This {what} of {total:,} movies. Go on?", abort=True)


async def _count_movies(settings: Settings) -> int:
    async with reader(settings) as library:
        return await library.indices.count(MOVIES, {"match_all": {}})
