"""Debian's Chromium, driven by Playwright; tests are skipped, with the reason, where it is not installed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from support.patience import patience

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = "chromium"
DESKTOP = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser."""
    from playwright.sync_api import sync_playwright  # a second to load

    program = shutil.which(CHROMIUM)
    if program is None:
        pytest.skip(f"there is no {CHROMIUM}: apt-get install {CHROMIUM}")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


def expect(of: Any) -> Any:
    """Playwright's assertions, which wait; loaded when a test is run, not when it is collected."""
    from playwright.sync_api import expect as expected

    expected.set_options(timeout=patience(5) * 1000)
    return expected(of)


class Told:
    """What a page loaded, and what it complained of."""

    def __init__(self, page: Page) -> None:
        self.complaints: list[str] = []
        self.addresses: list[str] = []
        page.on("console", lambda said: self.complaints.append(said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda asked: self.addresses.append(asked.url))


def serious(page: Page, options: dict[str, list[str]] | None = None) -> list[tuple[str, str]]:
    """What axe finds that keeps people out: the rule and the first place."""
    from axe_playwright_python.sync_playwright import Axe  # a second to load

    return [
        (one["id"], one["nodes"][0]["html"][:200])
        for one in Axe().run(page, options=options).response["violations"]
        if one["impact"] in {"serious", "critical"}
    ]
