"""Hooks of mkdocs.yml: the pages of the root join the site, and links are what the site has.

The pages are written for GitHub, which is read most: a link may lead out of docs/, and a list may follow a line.
"""

from __future__ import annotations

import re
from pathlib import Path
from posixpath import normpath
from typing import Any, Final

from mkdocs.structure.files import File, Files

ROOT: Final = Path(__file__).resolve().parents[1]
ROOT_PAGES: Final = {
    "README.md": "overview.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
}
LINK: Final = re.compile(r"(?P<text>!?\[[^\]]*\])\((?P<path>[^)#:\s]+)(?P<anchor>#[^)\s]*)?\)")
ITEM: Final = re.compile(r"(?:[*-]|\d+\.) ")
FENCE: Final = re.compile(r" *```")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages of the root."""
    for name, uri in ROOT_PAGES.items():
        files.append(File.generated(config, uri, content=(ROOT / name).read_text("utf-8")))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Adapt a page."""
    at_root = page.file.src_uri in ROOT_PAGES.values()
    return adapted(markdown, "" if at_root else "docs")


def adapted(markdown: str, folder: str) -> str:
    """The text of a page in ``folder`` of the repository, as the site needs it."""
    lines: list[str] = []
    fenced = False
    for line in markdown.splitlines():
        if FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            before = lines[-1] if lines else ""
            if ITEM.match(line) and before.strip() and not ITEM.match(before) and before[0] != " ":
                lines.append("")
            line = LINK.sub(lambda found: site_link(found, folder), line)  # noqa: PLW2901
        lines.append(line)
    return "\n".join(lines) + "\n"


def site_link(found: re.Match[str], folder: str) -> str:
    """A link as the site has it; the text alone where it leads to what is no page of the site."""
    path = normpath(f"{folder}/{found['path']}" if folder else found["path"])
    anchor = found["anchor"] or ""
    if path in ROOT_PAGES:
        return f"{found['text']}({ROOT_PAGES[path]}{anchor})"
    if path.startswith("docs/") and not (ROOT / path).is_dir():
        return f"{found['text']}({path.removeprefix('docs/')}{anchor})"
    return found["text"].strip("![]")
