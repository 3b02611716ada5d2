"""The table of the kinds of letters is what the code raises."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from movietag.letters.kinds import KINDS
from movietag.rules.envelopes import TitleFault
from movietag.streams.watch.metrics import Metrics

ROOT = Path(__file__).parents[2]


def _raised() -> Iterator[str]:
    """The kinds of all permanent errors that are made with a literal."""
    for room in ("movietag", "streams"):
        for file in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and node.args:
                    made = getattr(node.func, "id", "") or getattr(node.func, "attr", "")
                    kind = node.args[0]
                    if made == "PermanentError" and isinstance(kind, ast.Constant):
                        yield str(kind.value)


def test_each_kind_of_the_code_is_in_the_table() -> None:
    assert {*_raised(), *get_args(TitleFault)} == set(KINDS)
    assert list(KINDS) == sorted(KINDS)


def test_each_kind_has_its_series_before_its_first_letter() -> None:
    text = Metrics().text().decode()
    for kind in KINDS:
        assert f'movietag_dead_letters_total{{error="{kind}"}} 0.0' in text
