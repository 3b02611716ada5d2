"""The pages are readable by everybody: axe finds nothing serious, and phones never scroll sideways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from browsing import PHONE, serious

if TYPE_CHECKING:
    from playwright.sync_api import Page


PAGES = (
    "/",
    "/?q=horror>=30%25+and+not+comedy",
    "/?q=horror+and+comdy",
    "/scenes?q=murder",
    "/movies/harbor?q=comedy",
    "/movies/none",
    "/progress",
    "/add",
    "/nowhere",
)
BY_NIGHT = {"runOnly": ["color-contrast"]}  # the rest does not know of colours


def opened(page: Page, path: str) -> None:
    """Open a page, and all that is folded away on it."""
    page.goto(path)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_serious(page: Page, path: str) -> None:
    opened(page, path)
    assert serious(page) == []
    page.emulate_media(color_scheme="dark")
    assert serious(page, BY_NIGHT) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_phone_is_wide_enough(page: Page, path: str) -> None:
    page.set_viewport_size(PHONE)
    opened(page, path)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert serious(page) == []


def test_axe_finds_what_is_there(page: Page) -> None:
    """Else the tests above could not fail: text that is too pale on a page of ours, and a box unnamed."""
    page.goto("/add")
    page.evaluate("""() => {
        document.querySelector("main p").id = "pale";
        document.styleSheets[0].insertRule("#pale { color: #bbb }", 0);
        document.querySelector("label[for=titles]").remove();
        document.getElementById("titles").removeAttribute("placeholder");
    }""")
    assert {rule for rule, _ in serious(page)} == {"color-contrast", "label"}
    assert {rule for rule, _ in serious(page, BY_NIGHT)} == {"color-contrast"}
