"""The shop of docs/finetuning.md, line by line as it is printed: from a folder of pictures to figures on new ones."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.terminal import Terminal, lines_of

from movietag.local.drawings import NOTE
from movietag.research.evaluation.results import read_evaluation

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(3000)]

PAGE = Path(__file__).parents[2] / "docs" / "finetuning.md"
MOST_CPU = 300.0  # seconds of all lines, and of the stack that they start


def walk() -> list[str]:
    """The lines of the page, each a command."""
    return lines_of(PAGE, "## A shop, from pictures to tags")


def lines_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_the_lines_of_the_page_tag_products_never_seen(
    tmp_path: Path, port_bases: Iterator[int]
) -> None:
    folder = tmp_path / "walk"
    folder.mkdir()
    terminal = Terminal(folder, tmp_path / "home", next(port_bases))
    lines, served = walk(), 0.0
    printed: dict[str, str] = {}
    before = lines_cpu()
    try:
        for line in lines:
            if line == "movietag down":
                served = terminal.stack_cpu()
            printed[line] = terminal.type(line)
            sys.stdout.write(f"{lines_cpu() - before:6.0f} s $ {line}\n{printed[line]}")
    finally:
        terminal.type("movietag down; movietag reset --yes")
    sys.stdout.write(f"{served:.0f} s of CPU in the stack\n")
    commands = {
        line.split()[1]: " ".join(text.split())
        for line, text in printed.items()
        if line.startswith("movietag ")
    }
    steps = {"dataset", "finetune", "merge", "calibrate", "up", "deploy", "add", "evaluate"}
    assert commands.keys() >= steps
    assert NOTE in commands["up"]
    assert NOTE not in commands["add"], "by then the shop's tagger is deployed"
    (products,) = read_evaluation(folder / "evaluation.json").runs[0].groups
    f1 = {one.system: one.measures.f1_micro.value or 0.0 for one in products.results}
    assert len(products.movies) == 20
    assert f1["run"] > f1["constant_top_k"] + 0.25, f1
    assert served > 0
    assert lines_cpu() - before + served < MOST_CPU
