"""Figures of the house: is the code still easy to find one's way in? Run it as ``python -m tools.house [ROOT]``.

A *room* is a package or a loose module directly below ``movietag`` (stages are one room); an *arrow* is an import
from one room into another. Arrows in a circle are those whose rooms import each other, by whatever way. The last
line is JSON; nothing here fails: tests/house holds what must hold.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

LONG, SHORT = 300, 45  # lines of a file
LONG_FUNCTION = 40  # lines
_ENTRY = re.compile(r"command|(app|router)\.(command|agent|get|post|put|delete)")


@dataclass(frozen=True)
class Module:
    """One file of the package: its dotted name, path and source."""

    name: str
    path: Path
    text: str

    @property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text)

    @property
    def lines(self) -> int:
        """Lines of the file."""
        return self.text.count("\n")

    @property
    def is_package(self) -> bool:
        """Whether it is the page of a package."""
        return self.path.name == "__init__.py"

    @property
    def room(self) -> str:
        """The room it stands in: the package or loose module directly below movietag."""
        parts = self.name.split(".")
        return parts[1] if parts[0] == "movietag" and len(parts) > 1 else parts[0]


def modules(root: Path) -> list[Module]:
    """Every module of ``movietag`` and ``streams`` below a checkout, each once."""
    found = []
    for top in ("movietag", "streams"):
        for path in sorted((root / top).rglob("*.py")):
            if path.is_relative_to(root / "movietag" / "streams"):  # the link to streams/
                continue
            name = ".".join(path.relative_to(root).with_suffix("").parts)
            found.append(Module(name.removesuffix(".__init__"), path, path.read_text()))
    return found


def imports(module: Module) -> Iterator[str]:
    """Dotted names that a module imports, a name of ``from`` after its module."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def arrows(house: Iterable[Module]) -> dict[str, set[str]]:
    """For each room those into which it imports."""
    rooms = {module.room for module in house}
    found: defaultdict[str, set[str]] = defaultdict(set)
    for module in house:
        for name in imports(module):
            top, _, rest = name.removeprefix("movietag.streams").partition(".")
            room = "streams" if name.startswith(("movietag.streams", "streams")) else ""
            room = room or (rest.split(".")[0] if top == "movietag" else "")
            if room in rooms and room != module.room:
                found[module.room].add(room)
    return found


def in_circles(graph: dict[str, set[str]]) -> set[tuple[str, str]]:
    """The arrows whose end leads back to their beginning."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            new = graph.get(waiting.pop(), set()) - seen
            seen |= new
            waiting.extend(new)
        return seen

    leads = {room: reached(room) for room in graph}
    return {(a, b) for a, ends in graph.items() for b in ends if a in leads.get(b, set())}


def public_classes(house: Iterable[Module]) -> dict[str, list[str]]:
    """The modules of each public class, by the name of the class."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for module in house:
        for node in module.tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(module.name)
    return found


def public_functions(house: Iterable[Module]) -> dict[str, list[str]]:
    """The modules of each public function by its name, except commands, addresses and agents.

    Those carry a decorator (``@command``, ``@router.get``, ``@app.agent``) and are named after what users see.
    """
    at: defaultdict[str, list[str]] = defaultdict(list)
    for module in house:
        for node in module.tree.body:
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            wiring = [ast.unparse(one).partition("(")[0] for one in node.decorator_list]
            if not node.name.startswith("_") and not any(_ENTRY.fullmatch(one) for one in wiring):
                at[node.name].append(module.name)
    return at


def functions(house: Iterable[Module]) -> Iterator[int]:
    """The length of each function, in lines."""
    for module in house:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield (node.end_lineno or node.lineno) - node.lineno + 1


def import_lines(house: Iterable[Module]) -> int:
    """Lines that only import."""
    return sum(
        (node.end_lineno or node.lineno) - node.lineno + 1
        for module in house
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    )


def figures(root: Path) -> dict[str, float]:
    """All figures of a checkout."""
    house = modules(root)
    graph = arrows(house)
    files = [module for module in house if not module.is_package]
    stems = Counter(module.path.stem for module in files)
    lines = sum(module.lines for module in house)
    return {
        "files": len(house),
        "lines": lines,
        "loose files in movietag": sum(
            m.name.count(".") == 1 and m.room != "streams" for m in files
        ),
        "loose files in streams": sum(module.path.parent.name == "streams" for module in files),
        "rooms": len({module.room for module in house if module.room != "movietag"}),
        "arrows": sum(map(len, graph.values())),
        "arrows in circles": len(in_circles(graph)),
        "class names used twice": sum(len(at) > 1 for at in public_classes(house).values()),
        "function names used twice": sum(len(at) > 1 for at in public_functions(house).values()),
        "file names used twice": sum(count > 1 for count in stems.values()),
        f"files over {LONG} lines": sum(module.lines > LONG for module in files),
        f"files under {SHORT} lines": sum(module.lines < SHORT for module in files),
        f"functions over {LONG_FUNCTION} lines": sum(n > LONG_FUNCTION for n in functions(house)),
        "lines of imports, %": round(100 * import_lines(house) / lines, 1),
    }


def main(argv: list[str]) -> None:
    """Print the figures of a checkout, this one by default."""
    found = figures(Path(argv[0]) if argv else Path(__file__).resolve().parents[1])
    for name, figure in found.items():
        print(f"{name:28} {figure:>8}")
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
