"""Reading a table of cases."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.cases import TableError

_ESCAPE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})")


def read_table(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a table, each by the names of the heading.

    Raises:
        TableError: it cannot be read, is not UTF-8, lacks one of ``columns``, has no rows, or a line has more
            cells than the heading.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise TableError(f"{path} is not UTF-8 (byte {error.start + 1}).") from None
    heading, *lines = [line.removesuffix("\r").split("\t") for line in text.split("\n")]
    if missing := [name for name in columns if name not in heading]:
        raise TableError(
            f"{path} has no column {', '.join(map(repr, missing))}; its heading names"
            f" {', '.join(map(repr, heading))}. Cells are separated by tabs."
        )
    rows = []
    for number, cells in enumerate(lines, start=2):
        if len(cells) > len(heading):
            raise TableError(
                f"{path}, line {number}: {len(cells)} cells, the heading has {len(heading)}."
            )
        if cells != [""]:
            filled = [*map(unescaped, cells), *[""] * (len(heading) - len(cells))]
            rows.append(dict(zip(heading, filled, strict=True)))
    if not rows:
        raise TableError(f"{path} has no rows.")
    return rows


def unescaped(cell: str) -> str:
    r"""A cell with the characters that it names as ``\uXXXX``, two surrogates as their character."""
    plain = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), cell)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
