"""How soon the search page shows its first result in headless Chromium; and the pictures of docs/page.md.

    python -m benchmarks.page ADDRESS [pictures FOLDER]

ADDRESS is that of a running `movietag serve` over a filled library, such as http://127.0.0.1:19390. Times are from
the start of the navigation, with an empty cache: to the first byte from the server, to when the first card is in
the page, and to the first frame with it. The last line is JSON.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize, sync_playwright

RUNS = 15
QUERY = "/?q=horror"
SIZES: dict[str, ViewportSize] = {
    "desktop": {"width": 1280, "height": 800},
    "phone": {"width": 390, "height": 844},
}
WATCH = """
new MutationObserver((_, observer) => {
  if (!document.querySelector(".card")) return;
  observer.disconnect();
  window.first = performance.now();
  requestAnimationFrame(() => { // the frame is drawn after this, and a task can only run after it
    const channel = new MessageChannel();
    channel.port1.onmessage = () => { window.painted = performance.now(); };
    channel.port2.postMessage(0);
  });
}).observe(document, {childList: true, subtree: true});
"""
PICTURES = {"search": QUERY, "scenes": "/scenes?q=murder", "progress": "/progress"}


@dataclass(frozen=True, slots=True)
class FirstResult:
    """Milliseconds from the start of a navigation to the steps of showing its first card."""

    answered: float
    there: float
    painted: float


def first_result(browser: Browser, address: str) -> FirstResult:
    """The first card in a browser that has nothing of the page yet."""
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(address + QUERY)
    page.wait_for_function("window.painted")
    found = page.evaluate(
        "[performance.getEntriesByType('navigation')[0].responseStart, window.first, window.painted]"
    )
    context.close()
    return FirstResult(*map(float, found))


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
    there = [one.there for one in times]
    figures = {
        "answered_ms": round(statistics.median(one.answered for one in times)),
        "median_ms": round(statistics.median(there)),
        "longest_ms": round(max(there)),
        "painted_ms": round(statistics.median(one.painted for one in times)),
        "painted_longest_ms": round(max(one.painted for one in times)),
        "runs": RUNS,
        "load": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[3]) if sys.argv[2:3] == ["pictures"] else None)
