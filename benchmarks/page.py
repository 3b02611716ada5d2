"""How soon the search page shows its first result in headless Chromium; and the pictures of docs/page.md.

    python -m benchmarks.page ADDRESS [pictures FOLDER]

ADDRESS is that of a running `movietag serve` over a filled library, such as http://127.0.0.1:19390. A time is from
the start of the navigation to when the first card is in the page, with an empty cache. The last line is JSON.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize, sync_playwright

RUNS = 15
QUERY = "/?q=horror"
SIZES: dict[str, ViewportSize] = {
    "desktop": {"width": 1280, "height": 800},
    "phone": {"width": 390, "height": 844},
}
PICTURES = {"search": QUERY, "scenes": "/scenes?q=murder", "progress": "/progress"}


def first_result(browser: Browser, address: str) -> float:
    """Milliseconds to the first card, in a browser that has nothing of the page yet."""
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(
        "new MutationObserver(() => { if (!window.first && document.querySelector('.card'))"
        " window.first = performance.now(); }).observe(document, {childList: true, subtree: true})"
    )
    page.goto(address + QUERY)
    found = float(page.evaluate("window.first"))
    context.close()
    return found


def pictures(browser: Browser, address: str, folder: Path) -> None:
    """Pages as they look at both widths, by day and by night."""
    for width, size in SIZES.items():
        for name, path in PICTURES.items():
            context = browser.new_context(
                viewport=size, color_scheme="dark" if name == "progress" else "light"
            )
            page = context.new_page()
            page.goto(address + path, wait_until="networkidle")
            page.screenshot(path=folder / f"{name}-{width}.png")
            if name == "search":
                page.locator(".card h3 a").first.click()
                page.wait_for_load_state("networkidle")
                page.screenshot(path=folder / f"movie-{width}.png")
            context.close()


def main(address: str, folder: Path | None) -> None:
    """Measure, and draw if there is a folder."""
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        program = "/usr/bin/chromium"
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        if folder:
            pictures(browser, address, folder)
        times = [first_result(browser, address) for _ in range(RUNS)]
        browser.close()
    median, longest = round(statistics.median(times)), round(max(times))
    load = round(os.getloadavg()[0], 1)
    print(json.dumps({"median_ms": median, "longest_ms": longest, "runs": RUNS, "load": load}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[3]) if sys.argv[2:3] == ["pictures"] else None)
