"""docs/cli.md and docs/rest.md are what the commands and the OpenAPI say."""

from __future__ import annotations

from types import ModuleType

import pytest

from movietag.cli.app import PANELS
from tools import command_page, rest_page


@pytest.mark.parametrize(
    ("module", "text"),
    [(command_page, command_page.command_page), (rest_page, rest_page.rest_page)],
    ids=["cli.md", "rest.md"],
)
def test_the_page_is_current(module: ModuleType, text: object) -> None:
    assert callable(text)
    assert module.PAGE.read_text("utf-8") == text(), f"Run: python -m {module.__name__}"


def test_every_command_has_a_section() -> None:
    text = command_page.PAGE.read_text("utf-8")
    assert [name for name in PANELS if f"\n### `movietag {name}`\n" not in text] == []


def test_no_page_names_a_folder_of_the_machine_that_wrote_it() -> None:
    root = str(command_page.ROOT)
    assert [
        page.PAGE.name for page in (command_page, rest_page) if root in page.PAGE.read_text()
    ] == []
