"""The map of rooms in docs/architecture.md, from the packages themselves: ``python -m tools.map`` writes it anew.

A room's line says what its page (``__init__.py``) says first, and names its modules; a loose module says it itself.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tools.house import Module, modules

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- map: python -m tools.map -->", "<!-- end of the map -->"
WIDTH = 96  # of a line of modules


def first_line(module: Module) -> str:
    """The first line of a module's docstring, without its full stop."""
    text = (ast.get_docstring(module.tree) or "").split("\n")[0]
    return text.replace("|", "\\|").removesuffix(".")


def drawn(house: list[Module]) -> str:
    """The map, as Markdown."""
    pages = [module for module in house if module.is_package]
    rows = ["| room | what it is | modules |", "|---|---|---|"]
    for page in pages:
        folder = page.path.parent
        inside = [m for m in house if m.path.parent == folder and not m.is_package]
        if folder.name == "movietag":
            rows += [f"| `movietag/{m.path.name}` | {first_line(m)} | |" for m in inside]
            continue
        names = " ".join(f"`{module.path.stem}`" for module in inside)
        rows.append(f"| `{folder.relative_to(ROOT)}/` | {first_line(page)} | {names} |")
    return "\n".join(rows)


def page_with_map(text: str) -> str:
    """The page with the map as it is now."""
    between = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    if not between.search(text):
        raise ValueError(f"{PAGE} lacks the lines {BEGIN} and {END}.")
    return between.sub(lambda _: f"{BEGIN}\n{drawn(modules(ROOT))}\n{END}", text)


if __name__ == "__main__":
    PAGE.write_text(page_with_map(PAGE.read_text()))
