r"""Tables of cases: one runner for all of them.

    python -m benchmarks.cases KIND FILE

It prints each row that is wrong with what came instead, and one line of JSON last: ``{"kind", "rows", "right",
"wrong", …}``. It exits with 0 when all rows are right, 1 when some are wrong, 2 when the file cannot be used.

A table is UTF-8 text, its cells separated by tabs, its first line a heading; ``\uXXXX`` in a cell is that
character. Cells that a line lacks at its end are empty, further columns than those of the kind are ignored.

A kind is a module here, named in ``KINDS``. It is imported when it is used, and has::

    COLUMNS: Final = ("line", "title")                    # what the heading must name

    def check(row: Mapping[str, str]) -> Outcome: ...     # one row, by the names of the heading

    def figures(rows, outcomes) -> dict[str, object]: ... # optional: what the JSON line says besides

A kind that judges all rows together, e.g. in one library, has instead of ``check``::

    def judge(rows: Sequence[Mapping[str, str]]) -> list[Outcome]: ...

A row whose outcome is ``counted=False`` is neither right nor wrong, only among ``rows``. ``check`` raises
``TableError`` for a cell that it cannot understand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

KINDS: Final = {
    "answers": "benchmarks.cases.answers",
    "captions": "benchmarks.cases.captions",
    "classify": "benchmarks.cases.classify",
    "links": "benchmarks.cases.links",
    "messages": "benchmarks.cases.messages",
    "qualities": "benchmarks.cases.qualities",
    "queries": "benchmarks.cases.queries",
    "ranking": "benchmarks.cases.ranking",
    "search_titles": "benchmarks.cases.search_titles",
    "titles": "benchmarks.cases.titles",
}
"""The kinds, and the module of each."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row.

    Args:
        right: whether it is what the row asks for.
        came: what came, in words; printed where it is wrong.
        counted: False where either answer is right.
    """

    right: bool
    came: str
    counted: bool = True


class TableError(Exception):
    """A file that is no table of the kind; the text says where and why."""
