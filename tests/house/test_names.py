"""One name, one thing: what a newcomer reads means the same wherever it stands."""

from __future__ import annotations

from pathlib import Path

from tools.house import arrows, in_circles, modules, public_classes

HOUSE = modules(Path(__file__).parents[2])


def test_no_two_public_classes_have_one_name() -> None:
    doubled = {name: at for name, at in public_classes(HOUSE).items() if len(at) > 1}
    assert not doubled, "give each a name that says which it is"


def test_no_two_rooms_import_each_other() -> None:
    assert not in_circles(arrows(HOUSE))
