"""The map in docs/architecture.md is of these rooms, and no page names a file that is not there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tools.map import PAGE, ROOT, page_with_map

FILE = re.compile(r"`[\w./-]+\.py`|\b(?:benchmarks|movietag|streams|tests|tools)/[\w./-]+\.py\b")


def test_every_module_stands_in_the_map() -> None:
    page = PAGE.read_text()
    assert page_with_map(page) == page, "run `python -m tools.map`"


@pytest.mark.parametrize(
    "page", sorted(ROOT.glob("*.md")) + sorted(ROOT.glob("docs/*.md")), ids=str
)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    files = tracked.stdout.split()
    named = [one.strip("`") for one in FILE.findall(page.read_text())]
    lacking = [one for one in named if not any(f"/{file}".endswith(f"/{one}") for file in files)]
    assert not lacking
