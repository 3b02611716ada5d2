"""Players on the pages, in a real browser: nothing is loaded before a click, then the video at its second."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import PHONE, Told, expect, serious
from playable import MOVIE, draw_film, write_played
from support.serve_process import serving

from movietag.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

PLAYER = "https://www.youtube-nocookie.com"


@pytest.fixture(scope="module")
def address(library: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """That of a server with a movie that it can play."""
    film: Path = draw_film(tmp_path_factory.mktemp("films"))
    asyncio.run(write_played(library, film))
    roots = f'["{film.parent}"]'
    with serving(library, MOVIETAG_WEB_RATE="100000", MOVIETAG_ROOTS=roots) as there:
        yield there


def test_a_file_plays_from_the_frame_that_is_clicked(page: Page) -> None:
    told = Told(page)
    page.goto(f"/movies/{MOVIE}", wait_until="networkidle")
    assert not [one for one in told.addresses if "/media/" in one]
    film = page.locator("article.video").first
    film.get_by_role("link", name="0:04").click()
    video = film.locator("video")
    expect(video).to_be_visible()
    page.wait_for_function("() => document.querySelector('video').currentTime >= 4")
    assert video.evaluate("video => video.error") is None
    expect(film.locator(".slots a.now")).to_have_attribute("data-at", "4.0")
    film.get_by_role("link", name="0:00").click()
    page.wait_for_function("() => document.querySelector('video').currentTime < 3")
    assert [one for one in told.addresses if not one.startswith(page.url.split("/movies")[0])] == []
    assert told.complaints == []


def test_a_scene_plays_at_its_second_and_has_a_clip(page: Page) -> None:
    page.goto("/scenes?q=satire")
    card = page.locator(".scene").filter(has_text="a film & more")
    card.get_by_role("button", name="Play").click()
    expect(card.locator("video")).to_be_visible()
    with page.expect_download() as saved:
        card.get_by_role("link", name="Save the scene").click()
    assert saved.value.suggested_filename == "Played-Here-2020-0s.mp4"
    assert saved.value.path().stat().st_size > 1000


def test_a_scene_plays_from_the_frame_that_is_clicked_in_its_timeline(page: Page) -> None:
    told = Told(page)
    page.goto("/scenes?q=satire", wait_until="networkidle")
    card = page.locator(".scene").filter(has_text="a film & more")
    expect(card.locator(".slots a")).to_have_count(4)
    assert not [one for one in told.addresses if "/media/" in one]
    card.get_by_role("link", name="0:04, in the scene: satire").click()
    expect(card.locator("video")).to_be_visible()
    page.wait_for_function("() => document.querySelector('video').currentTime >= 4")
    expect(card.locator(".slots a.now")).to_have_attribute("data-at", "4.0")
    assert told.complaints == []


def test_without_scripts_each_frame_of_a_scenes_timeline_is_a_link(
    browser: Browser, address: str
) -> None:
    with browser.new_context(base_url=address, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/scenes?q=satire")
        for scene, link in (("a film & more", "/file#t=4.0"), ("Official", "/watch?")):
            frame = page.locator(".scene").filter(has_text=scene).get_by_role("link", name="0:04")
            expect(frame).to_have_attribute("href", re.compile(re.escape(link)))


def test_a_sites_player_is_loaded_by_the_click_alone(page: Page) -> None:
    frames: list[str] = []

    def answer(route: Route) -> None:
        frames.append(route.request.url)
        assert route.request.headers["referer"].count("/") == 3  # the origin, no page
        route.fulfill(content_type="text/html", body="<title>a player</title>")

    page.route(f"{PLAYER}/**", answer)
    told = Told(page)
    page.goto(f"/movies/{MOVIE}", wait_until="networkidle")
    assert not [one for one in told.addresses if "youtube" in one]
    trailer = page.locator("article.video").nth(1)
    trailer.get_by_role("button", name="Play in YouTube").click()
    expect(trailer.locator("iframe")).to_be_visible()
    trailer.get_by_role("link", name="0:06").click()
    expect(trailer.locator("iframe")).to_have_attribute(
        "src", f"{PLAYER}/embed/dQw4w9WgXcQ?start=6&autoplay=1&rel=0"
    )
    page.wait_for_load_state("networkidle")
    assert [one.partition("start=")[2][0] for one in frames] == ["0", "6"]
    assert told.complaints == []


def test_only_these_hosts_may_be_framed(page: Page) -> None:
    answer = page.goto(f"/movies/{MOVIE}")
    assert answer is not None
    policy = answer.headers["content-security-policy"].split("; ")
    assert [one for one in policy if one.startswith(("frame-src", "media-src"))] == [
        f"frame-src {PLAYER}",
        "media-src 'self'",
    ]
    page.evaluate("""() => {
        const inner = document.createElement("iframe");
        inner.src = "https://evil.example/";
        const violated = new Promise((done) =>
            document.addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective)));
        document.body.append(inner);
        return violated;
    }""")
    answer = page.goto("/movies/harbor")
    assert answer is not None
    assert "frame-src" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", [f"/movies/{MOVIE}", "/scenes?q=satire"])
def test_players_are_readable_by_everybody_and_fit_a_phone(page: Page, path: str) -> None:
    page.route(
        f"{PLAYER}/**",
        lambda route: route.fulfill(
            content_type="text/html", body="<html lang=en><title>x</title>"
        ),
    )
    for size in (None, PHONE):
        if size:
            page.set_viewport_size(size)
        page.goto(path)
        assert serious(page) == []
        for button in page.locator("[data-play]").all():
            button.click()
        expect(page.locator("video, iframe").first).to_be_visible()
        assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
