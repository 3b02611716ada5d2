"""The runner: ``python -m benchmarks.cases KIND FILE``."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from benchmarks.cases import KINDS, Outcome, TableError
from benchmarks.cases.tables import read_table


def run(kind: str, path: Path) -> tuple[dict[str, object], list[str]]:
    """The figures of a table, and a text for each row that is wrong.

    Raises:
        TableError: the kind is unknown, or the file is no table of it.
    """
    if kind not in KINDS:
        raise TableError(f"There is no kind {kind!r}; the kinds are {', '.join(sorted(KINDS))}.")
    module = import_module(KINDS[kind])
    rows = read_table(path, module.COLUMNS)
    judge = getattr(module, "judge", None)
    outcomes: list[Outcome] = judge(rows) if judge else [module.check(row) for row in rows]
    wrong = [
        _told(row, outcome, module.COLUMNS)
        for row, outcome in zip(rows, outcomes, strict=True)
        if outcome.counted and not outcome.right
    ]
    figures: dict[str, object] = {
        "kind": kind,
        "rows": len(rows),
        "right": sum(outcome.counted and outcome.right for outcome in outcomes),
        "wrong": len(wrong),
    }
    if more := getattr(module, "figures", None):
        figures |= more(rows, outcomes)
    return figures, wrong


def _told(row: dict[str, str], outcome: Outcome, columns: Sequence[str]) -> str:
    asked = " | ".join(f"{name} {row[name]!r}" for name in columns)
    return f"wrong: {asked}\n  came: {outcome.came}"


def main(arguments: Sequence[str]) -> int:
    """Print the rows that are wrong, and the figures as a line of JSON; returns the exit code."""
    if len(arguments) != 2:
        kinds = ", ".join(sorted(KINDS))
        print(f"usage: python -m benchmarks.cases KIND FILE\nkinds: {kinds}", file=sys.stderr)
        return 2
    try:
        figures, wrong = run(arguments[0], Path(arguments[1]))
    except TableError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for text in wrong:
        print(text)
    print(json.dumps(figures, ensure_ascii=False))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
