"""The pages in a real browser: one flow a test."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import DESKTOP, PHONE, Told, chromium
from kept_frames import keep_frames, write_markup
from playwright.sync_api import Browser, Page, expect
from serving import serving

from movietag.search.client import connected
from movietag.settings import Settings
from movietag.vocabulary import load

pytestmark = pytest.mark.integration
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


@pytest.fixture(scope="module")
def address(library: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    async def prepare() -> None:
        async with connected(library) as es:
            await write_markup(es, load(library.vocabulary))

    asyncio.run(prepare())
    store = keep_frames(tmp_path_factory.mktemp("frames"))
    more = {"MOVIETAG_FRAME_STORE": store, "MOVIETAG_KAFKA": "127.0.0.1:9"}
    with serving(library, MOVIETAG_WEB_RATE="100000", **more) as there:
        yield there


@pytest.fixture(scope="module")
def browser(address: str) -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(base_url=address, viewport=DESKTOP)
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def query(page: Page) -> str:
    return page.get_by_role("combobox").input_value()


def test_typing_a_query_with_suggestions_by_keyboard(page: Page) -> None:
    page.goto("/")
    box = page.get_by_role("combobox")
    box.press_sequentially("horr")
    expect(page.get_by_role("option").first).to_contain_text("horror")
    box.press("ArrowDown")
    box.press("Enter")
    assert query(page) == "horror "
    box.press("Enter")
    expect(page).to_have_url(re.compile(r"q=horror"))
    expect(page.get_by_role("heading", name="4 movies")).to_be_visible()


def test_a_title_that_is_suggested_opens_its_movie(page: Page) -> None:
    page.goto("/")
    page.get_by_role("combobox").press_sequentially("moonl")
    page.get_by_role("option", name="Moonlit Harbor").click()
    expect(page).to_have_url(re.compile("/movies/harbor"))


def test_a_slider_writes_the_query_and_back_undoes_it(page: Page) -> None:
    page.goto("/?q=horror")
    slider = page.get_by_role("slider")
    slider.focus()
    slider.press("PageUp")
    expect(page).to_have_url(re.compile("horror%3E%3D10%25"))
    assert query(page) == "horror>=10%"
    page.go_back()
    assert query(page) == "horror"


def test_a_chip_turns_and_goes(page: Page) -> None:
    page.goto("/?q=horror+and+comedy")
    page.get_by_role("link", name="Shut out comedy instead").click()
    expect(page.get_by_role("combobox")).to_have_value("horror and not comedy")
    page.get_by_role("link", name="Remove horror").click()
    expect(page.get_by_role("combobox")).to_have_value("not comedy")


def test_facets_narrow_down(page: Page) -> None:
    page.goto("/?q=horror")
    facets = page.get_by_label("Narrow down", exact=True)
    facets.get_by_role("link", name="gothic", exact=True).click()
    expect(page.get_by_role("combobox")).to_have_value("horror and gothic")
    expect(page.get_by_role("heading", name="1 movie")).to_be_visible()


def test_a_slip_is_shown_at_its_place_and_put_right(page: Page) -> None:
    page.goto("/?q=horror+and+comdy")
    assert page.locator("mark").inner_text() == "comdy"
    page.get_by_role("link", name="comedy", exact=True).click()
    expect(page.get_by_role("combobox")).to_have_value("horror and comedy")


def test_a_movies_timeline_shows_its_frames(page: Page) -> None:
    page.goto("/movies/harbor")
    expect(page.get_by_role("row", name="gothic 63")).to_contain_text("76.83%")
    first = page.locator(".slots a").first
    first.focus()
    picture = first.locator("img")
    expect(picture).to_be_visible()
    page.wait_for_function("e => e.naturalWidth === 320", arg=picture.element_handle())
    page.keyboard.press("ArrowRight")
    expect(page.locator(".slots a").nth(1)).to_be_focused()
    expect(page.get_by_text("The file is damaged.")).to_be_visible()


def test_a_scene_opens_its_source_at_the_second(page: Page) -> None:
    page.goto("/scenes?q=murder+and+movie:harbor")
    opened = page.get_by_role("link", name="Open at").first
    assert re.fullmatch(
        r"http://127\.0\.0\.1:9/video/a\.mp4#t=[\d.]+", opened.get_attribute("href") or ""
    )


def test_why_a_movie_is_not_there(page: Page) -> None:
    page.goto("/?q=horror+and+not+comedy")
    page.get_by_label("Missing one?").fill("Laugh or Die")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#verdict")).to_contain_text("No. It lacks")
    expect(page.locator("#verdict")).to_contain_text("not comedy")


def test_without_javascript(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.get_by_role("combobox").fill("horror and not comedy")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="3 movies")).to_be_visible()
    page.get_by_role("button", name="Set").first.click()
    page.get_by_role("link", name="Moonlit Harbor").click()
    expect(page.get_by_role("heading", name="Moonlit Harbor")).to_be_visible()
    page.goto("/add")
    page.get_by_label("Titles").fill("Heat (1995)")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("alert")).to_contain_text("Kafka does not answer")
    context.close()


def test_markup_stays_text(page: Page) -> None:
    for path in ("/?q=movie:markup", "/scenes?q=movie:markup", "/movies/markup"):
        page.goto(path)
        expect(page.get_by_text("<b>bold</b>").first).to_be_visible()
        assert page.title() not in {"1", "2", "3"}


def test_the_progress_view_says_what_does_not_answer(page: Page) -> None:
    page.goto("/progress")
    expect(page.get_by_text("Kafka does not answer.")).to_be_visible()
    with page.expect_response("**/progress/now*"):
        pass
    expect(page.get_by_text("Kafka does not answer.")).to_be_visible()


def test_nothing_is_loaded_from_elsewhere_and_nothing_complains(page: Page, address: str) -> None:
    told = Told(page)
    for path in ("/?q=horror", "/movies/grin", "/add", "/scenes?q=movie:grin"):
        page.goto(path)
    assert {one.startswith(address) for one in told.addresses} == {True}
    blank = [one for one in told.complaints if "404 (Not Found)" not in one]  # frames not kept
    assert blank == []


def test_a_phone_never_scrolls_sideways(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, viewport=PHONE)
    page = context.new_page()
    for path in PAGES:
        page.goto(path)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= PHONE["width"], path
    context.close()


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, address: str, colours: str) -> None:
    context = browser.new_context(base_url=address, viewport=DESKTOP, color_scheme=colours)
    page = context.new_page()
    found = []
    for path in PAGES:
        page.goto(path)
        found += [
            (path, one["id"], one["nodes"][0]["html"][:200])
            for one in Axe().run(page).response["violations"]
            if one["impact"] in {"serious", "critical"}
        ]
    assert found == []
    context.close()


def test_a_browser_signs_in(browser: Browser, library: Settings, keys: Path) -> None:
    with serving(library, MOVIETAG_WEB_KEYS=str(keys)) as there:
        page = browser.new_page()
        page.goto(f"{there}/?q=horror")
        page.get_by_label("API key").fill("0123456789abcdef0123")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="4 movies")).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        page.close()
