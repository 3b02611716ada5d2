"""A query that cannot be read: what is wrong, and a caret at the place."""

from __future__ import annotations

from rich.cells import cell_len

from movietag.errors import UsageError

AROUND = 30  # characters shown on either side of the place


class QueryError(UsageError):
    """What is wrong with a query, where, and what to write instead.

    The text has three lines: the problem, the query around the place, and a caret under it.

    Attributes:
        problem: the first line alone.
        position: the character it is about, counted from 0; the length of the query for its end.
    """

    def __init__(self, problem: str, query: str, position: int) -> None:
        self.problem, self.position = problem, position
        super().__init__("\n".join([problem, *_pointed(query, position)]))


def _pointed(query: str, position: int) -> tuple[str, str]:
    """The query around a place, and the caret; wide characters take two columns of a terminal."""
    line = "".join(character if character.isprintable() else " " for character in query)
    first, last = max(position - AROUND, 0), position + AROUND
    before = ("… " if first else "") + line[first:position]
    after = line[position:last] + (" …" if last < len(line) else "")
    return f"  {before}{after}", "  " + " " * cell_len(before) + "^"
