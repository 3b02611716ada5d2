"""The pages in a real browser: one flow a test."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import Told, expect
from support.serve_process import serving
from written import MARKUP

from movietag.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


def query(page: Page) -> str:
    return page.get_by_role("combobox").input_value()


def test_keys_alone(page: Page) -> None:
    """From the address line by way of a suggestion to a movie's frames, without a pointer."""
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("goth")
    expect(page.get_by_role("option").first).to_contain_text("gothic")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", selected=True)).to_contain_text("gothic")
    page.keyboard.press("Enter")
    assert query(page) == "gothic "
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="1 movie")).to_be_visible()
    page.get_by_role("link", name="Moonlit Harbor").focus()
    page.keyboard.press("Enter")
    frames = page.locator(".slots a")
    frames.first.focus()
    page.keyboard.press("ArrowRight")
    expect(frames.nth(1)).to_be_focused()
    page.keyboard.press("Tab")
    assert not frames.evaluate_all("all => all.includes(document.activeElement)")


@pytest.mark.parametrize("path", ["/", "/scenes"])
def test_two_words_of_a_title_are_completed_on_both_pages(page: Page, path: str) -> None:
    page.goto(path)
    page.get_by_role("combobox").press_sequentially("moonlit har")
    page.get_by_role("option", name="Moonlit Harbor").click()
    if path == "/scenes":  # its condition is written into the box
        expect(page.get_by_role("combobox")).to_have_value(re.compile("movie:harbor"))
        page.get_by_role("combobox").press("Enter")
    expect(page).to_have_url(re.compile("harbor"))


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
    page.get_by_role("link", name="Exclude comedy instead").click()
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
    page.get_by_role("link", name="horror and comedy", exact=True).click()
    expect(page.get_by_role("combobox")).to_have_value("horror and comedy")


def test_a_movies_timeline_shows_its_frames(page: Page) -> None:
    page.goto("/movies/harbor")
    first = page.locator(".slots a").first
    picture = first.locator("img")
    expect(picture).to_be_hidden()
    first.hover()
    expect(picture).to_be_visible()
    page.wait_for_function("e => e.naturalWidth === 320", arg=picture.element_handle())
    expect(first).to_contain_text("A scene from a movie")


def test_a_frame_that_is_not_stored_leaves_no_box(page: Page) -> None:
    """Of this movie no frame is stored, though a frame store is set."""
    for path in ("/?q=movie:grin", "/scenes?q=movie:grin", "/movies/grin"):
        page.goto(path, wait_until="networkidle")
        assert page.locator(".still").count() > 0
        expect(page.locator(".still:visible, .strip:visible")).to_have_count(0)
    page.goto("/scenes?q=movie:harbor", wait_until="networkidle")
    expect(page.locator(".still:visible").first).to_be_visible()


def test_a_scene_opens_its_source_at_the_second(page: Page) -> None:
    page.goto("/scenes?q=movie:harbor")
    link = page.get_by_role("link", name="Open at 0:00 of Moonlit Harbor").first
    with page.expect_request("http://127.0.0.1:9/video/a.mp4") as opened:
        link.click(no_wait_after=True)
    assert opened.value.is_navigation_request()


def test_why_a_movie_is_not_there(page: Page) -> None:
    page.goto("/?q=horror+and+not+comedy")
    page.get_by_label("A movie is missing?").fill("Laugh or Die")
    page.get_by_role("button", name="Explain").click()
    expect(page.locator("#verdict")).to_contain_text("No. It does not match")
    expect(page.locator("#verdict")).to_contain_text("not comedy")


def test_without_javascript(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.get_by_role("combobox").fill("horror and not comedy")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="3 movies")).to_be_visible()
    page.get_by_text("Save this search").first.click()
    page.get_by_label("Save this search as").fill("scary")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved as scary")).to_be_visible()
    page.get_by_role("slider").first.press("End")
    page.get_by_role("button", name="Set").first.click()
    expect(page.get_by_role("combobox")).to_have_value("horror>=100% and not comedy")
    page.goto("/")
    page.get_by_role("link", name="scary", exact=True).click()
    page.get_by_role("link", name="Moonlit Harbor").click()
    expect(page.get_by_role("heading", name="Moonlit Harbor")).to_be_visible()
    page.goto("/?q=gothic")
    page.get_by_text("or pick another").click()
    page.get_by_role("button", name="Remove the saved search scary").click()
    expect(page.get_by_role("combobox")).to_have_value("gothic")
    expect(page.get_by_role("link", name="scary")).to_have_count(0)
    page.goto("/add")
    page.get_by_label("Titles").fill("Heat (1995)")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("alert")).to_contain_text("Kafka does not answer")
    expect(page.get_by_label("Titles")).to_have_value("Heat (1995)")
    context.close()


def test_markup_stays_text(page: Page) -> None:
    page.on("dialog", lambda opened: pytest.fail(f"a script ran: {opened.message}"))
    for path in ("/?q=movie:marked", "/scenes?q=movie:marked", "/movies/marked", "/movies/harbor"):
        page.goto(path)
        expect(page.get_by_text(MARKUP).first).to_be_attached()


def test_the_progress_view_renews_itself_and_pauses(page: Page) -> None:
    page.goto("/progress")
    expect(page.get_by_text("Kafka does not answer.")).to_be_visible()
    expect(page.get_by_role("row", name="Dune 2021")).to_contain_text("20 of 20")
    with page.expect_response("**/progress/now*"):
        pass
    page.get_by_role("button", name="Pause").click()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2500)
    assert asked == []


def test_nothing_is_loaded_from_elsewhere_and_nothing_complains(page: Page, address: str) -> None:
    told = Told(page)
    for path in ("/?q=horror", "/movies/grin", "/add", "/scenes?q=movie:grin"):
        page.goto(path)
    assert {one.startswith(address) for one in told.addresses} == {True}
    blank = [one for one in told.complaints if "404 (Not Found)" not in one]  # frames not kept
    assert blank == []


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
