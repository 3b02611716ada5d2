"""The table of movies that ``movietag search`` prints."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from movietag.cli.output import plain
from movietag.documents import TagCount
from movietag.search.converting import Order, ordered
from movietag.search.naming import named
from movietag.search.ranking import By
from movietag.search.results import Movie

FURTHER_TAGS = 5


def movie_table(movies: Sequence[Movie], tags: Sequence[str], by: By | None) -> Table:
    """A row per movie: images, the ratios of the query's tags, and its closest caption or other tags."""
    table = Table(box=None, pad_edge=False)
    table.add_column("Movie", ratio=2)
    table.add_column("Images", justify="right")
    for tag in tags:
        table.add_column(Text(tag), justify="right")
    close = any(movie.closest for movie in movies)
    further = "Closest caption" if close else "Further tags" if tags else "Tags"
    table.add_column(further, ratio=3)
    for movie in movies:
        shares = (ratio_cell(movie.tags.get(tag)) for tag in tags)
        title = Text(plain(named(movie.title, movie.year)))
        last = _closest(movie) if close else _further(movie, tags, by)
        table.add_row(title, str(movie.images), *shares, last)
    return table


def ratio_cell(count: TagCount | None) -> str:
    """A tag's ratio as a percentage, `76.8%`."""
    return f"{count.ratio:.1%}" if count else "-"


def _closest(movie: Movie) -> Text:
    """The caption that matches `about:` best, and its ranks."""
    evidence = movie.closest
    return Text(plain(f"{evidence.caption} [{evidence.places}]") if evidence else "")


def _further(movie: Movie, tags: Sequence[str], by: By | None) -> Text:
    """The strongest tags not in the query, after the movie's status if it is not complete."""
    order: Order = "lift" if by == "lift" else "ratio"
    rest = [(tag, count) for tag, count in ordered(movie, order).items() if tag not in tags]
    tags = ", ".join(f"{tag} {ratio_cell(count)}" for tag, count in rest[:FURTHER_TAGS])
    state = "" if movie.status == "complete" else f"[{movie.status}] "
    return Text(plain(state + tags))
