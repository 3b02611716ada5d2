"""One name, one thing: what a newcomer reads means the same wherever it stands."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tools.house import arrows, in_circles, modules, public_classes, public_functions

HOUSE = modules(Path(__file__).parents[2])

SAME_MEANING = {
    "main": "the entry of a process",
    "movie_of": "the movie of a stage's event, which `Stage` asks of each handler",
    "ports": "the ports of one embedded server",
    "prepare": "one embedded server's program, its configuration written",
}


def test_no_two_public_classes_have_one_name() -> None:
    doubled = {name: at for name, at in public_classes(HOUSE).items() if len(at) > 1}
    assert not doubled, "give each a name that says which it is"


def test_no_two_public_functions_have_one_name() -> None:
    """Commands, addresses and agents apart, which are named after what users see."""
    doubled = {name: at for name, at in public_functions(HOUSE).items() if len(at) > 1}
    assert doubled.keys() == SAME_MEANING.keys(), "give each a name that says what it does"


def test_no_two_files_of_tests_have_one_name() -> None:
    """Else pytest takes the second for the first, and imports neither where both are collected."""
    names = Counter(path.name for path in Path(__file__).parents[1].rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []


def test_no_two_rooms_import_each_other() -> None:
    assert not in_circles(arrows(HOUSE))
