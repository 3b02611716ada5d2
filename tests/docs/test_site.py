"""mkdocs builds the site strictly: all pages, no link into nothing, nothing fetched from elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools.site_hooks import ROOT, ROOT_PAGES, adapted

FETCHED = re.compile(r"<(?:script|link|img)\b[^>]*(?:src|href)=[\"']?https?://", re.IGNORECASE)


@pytest.mark.heavy
def test_the_site_has_every_page_and_needs_no_other_server(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", tmp_path],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    wanted = {page.stem for page in (ROOT / "docs").glob("*.md")}
    wanted |= {Path(uri).stem for uri in ROOT_PAGES.values()}
    assert wanted <= {page.stem for page in tmp_path.glob("*.html")}
    assert [page.name for page in tmp_path.glob("*.html") if FETCHED.search(page.read_text())] == []


@pytest.mark.parametrize(
    ("line", "folder", "becomes"),
    [
        ("[a](search.md#by-meaning)", "docs", "[a](search.md#by-meaning)"),
        ("[a](../SECURITY.md)", "docs", "[a](security.md)"),
        ("[a](docs/search.md#x) [b](LICENSE)", "", "[a](search.md#x) b"),
        ("[a](schemas)", "docs", "a"),
        ("[a](#x) [b](https://example.org/x.md)", "", "[a](#x) [b](https://example.org/x.md)"),
        ("Text:\n- item\n- item", "docs", "Text:\n\n- item\n- item"),
        ("```\nText:\n- [a](LICENSE)\n```", "docs", "```\nText:\n- [a](LICENSE)\n```"),
    ],
)
def test_a_page_is_adapted(line: str, folder: str, becomes: str) -> None:
    assert adapted(line, folder) == f"{becomes}\n"
