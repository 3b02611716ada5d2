"""The pages over HTTP: what they say, what they refuse, and what they never let through."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from kept_frames import MARKUP, MOVIE, SLOTS, VIDEO, keep_frames, write_markup
from serving import serving

from movietag.frames.header import picture_size
from movietag.search.client import connected
from movietag.settings import Settings
from movietag.vocabulary import load
from movietag.web.thumbnails import address

pytestmark = pytest.mark.integration
PAGES = ("/", "/?q=horror", "/scenes?q=murder", "/movies/harbor", "/progress", "/add")
SAME = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def page(library: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    async def prepare() -> None:
        async with connected(library) as es:
            await write_markup(es, load(library.vocabulary))

    asyncio.run(prepare())
    store = keep_frames(tmp_path_factory.mktemp("frames"))
    with (
        serving(library, MOVIETAG_FRAME_STORE=store, MOVIETAG_KAFKA="127.0.0.1:9") as there,
        httpx.Client(base_url=there, timeout=30) as client,
    ):
        yield client


@pytest.mark.parametrize("path", PAGES)
def test_a_page_lets_nothing_in_from_elsewhere(page: httpx.Client, path: str) -> None:
    answer = page.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "style=" not in answer.text


@pytest.mark.parametrize("path", ["/?q=movie:markup", "/scenes?q=movie:markup", "/movies/markup"])
def test_markup_is_text(page: httpx.Client, path: str) -> None:
    text = page.get(path).text
    assert "&lt;b&gt;bold&lt;/b&gt;" in text
    assert "<b>bold" not in text
    assert "<script>document" not in text
    assert 'href="javascript:' not in text


def test_markup_in_a_query_is_text(page: httpx.Client) -> None:
    answer = page.get("/", params={"q": MARKUP})
    assert answer.status_code == 400
    assert "<script>document" not in answer.text
    assert "<b>bold" not in answer.text


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/?q=horror+and+comdy", 400, "<mark>comdy</mark>"),
        ("/?q=horror+and+comdy", 400, 'href="/?q=horror+and+comedy"'),
        ("/scenes?q=murder>=3%25", 400, "shows a tag or not"),
        ("/movies/nobody", 404, "no movie with the id"),
        ("/nowhere", 404, "/nowhere"),
        ("/?next=x", 400, "search anew"),
        (f"/?q={'x' * 5000}", 422, "at most 4000 characters"),
        (f"/?q={'x' * 20000}", 414, "At most 16000 bytes"),
        ("/threshold?q=title:x&part=0&at=3", 400, "no tag as its condition"),
        ("/static/x/..%2Fapp.py", 404, "Not Found"),
    ],
)
def test_mistakes_are_told_on_a_page(page: httpx.Client, path: str, status: int, says: str) -> None:
    answer = page.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert says in answer.text
    assert "Traceback" not in answer.text


def test_elasticsearch_away() -> None:
    away = Settings(elasticsearch="http://127.0.0.1:9", vocabulary="mpst")
    with serving(away, MOVIETAG_KAFKA="127.0.0.1:9") as there:
        answer = httpx.get(f"{there}/?q=horror", timeout=30)
        assert answer.status_code == 503
        assert "Elasticsearch is away" in answer.text
        progress = httpx.get(f"{there}/progress", timeout=30)
        assert progress.status_code == 200
        assert "Elasticsearch does not answer" in progress.text
        assert "Kafka does not answer" in progress.text
        assert progress.text.count("does not answer</span>") == 5


def test_a_thumbnail(page: httpx.Client) -> None:
    where = address(MOVIE, VIDEO, 2)
    answer = page.get(where)
    assert answer.headers["content-type"] == "image/jpeg"
    assert picture_size(answer.content) == (320, 180)
    assert "max-age=86400" in answer.headers["cache-control"]
    again = page.get(where, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        address(MOVIE, VIDEO, SLOTS),
        address("nobody", VIDEO, 0),
        address(MOVIE, "../harbor/demo:a", 0),
        address("..", VIDEO, 0),
        address(MOVIE, "../../../etc/passwd", 0),
        f"/api/movies/{MOVIE}/videos/..%2f..%2fetc/thumbnails/0",
    ],
)
def test_what_is_not_kept_is_not_there(page: httpx.Client, path: str) -> None:
    assert page.get(path).status_code == 404


def test_answers_carry_thumbnails(page: httpx.Client) -> None:
    scene = page.get("/api/scenes?q=movie:harbor&limit=1").json()["scenes"][0]
    assert scene["thumbnail"] == address("harbor", scene["video_id"], scene["slot"])
    movie = page.get("/api/movies?q=movie:harbor").json()["movies"][0]
    assert len(movie["thumbnails"]) == 5


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        (SAME, 503),
    ],
)
def test_titles_come_from_our_own_page_only(
    page: httpx.Client, headers: dict[str, str], status: int
) -> None:
    answer = page.post("/add", data={"titles": "Heat (1995)"}, headers=headers)
    assert answer.status_code == status
    if status == 503:
        assert "Kafka does not answer" in answer.text


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"titles": " \n"}, "Write a title"),
        ({"titles": "A\nB", "url": "https://youtu.be/x"}, "belongs to one title"),
        ({"titles": '{"title": "A", "forget": true}'}, "a line of text here"),
        ({"titles": "A\n" * 30}, "At most 20 titles"),
        ({"titles": "x" * 400}, "300"),
    ],
)
def test_titles_that_do_not_fit(page: httpx.Client, fields: dict[str, str], says: str) -> None:
    answer = page.post("/add", data=fields, headers=SAME)
    assert answer.status_code == 400
    assert says in answer.text


def test_a_form_that_is_too_large(page: httpx.Client) -> None:
    answer = page.post("/add", data={"titles": "x" * 100_000}, headers=SAME)
    assert answer.status_code == 413


def test_a_browser_signs_in_with_a_key(library: Settings, keys: Path) -> None:
    with (
        serving(library, MOVIETAG_WEB_KEYS=str(keys)) as there,
        httpx.Client(base_url=there, timeout=30, headers=SAME) as browser,
    ):
        asked = browser.get("/?q=horror&by=lift")
        assert asked.status_code == 303
        assert asked.headers["location"] == "/login?then=/%3Fq%3Dhorror%26by%3Dlift"
        assert "API key" in browser.get(asked.headers["location"]).text
        wrong = browser.post("/login", data={"key": "x" * 20})
        assert wrong.status_code == 401
        signed = browser.post("/login", data={"key": "0123456789abcdef0123", "then": "//evil"})
        assert (signed.status_code, signed.headers["location"]) == (303, "/")
        cookie = signed.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "0123456789abcdef0123" not in cookie
        assert browser.get("/?q=horror").status_code == 200
        assert browser.post("/logout").status_code == 303
        assert browser.get("/?q=horror").status_code == 303
        forged = {"Cookie": "movietag-session=99999999999.abc"}
        assert httpx.get(f"{there}/", headers=forged).status_code == 303
