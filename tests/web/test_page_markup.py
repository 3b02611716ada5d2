"""What others wrote stands on the pages as text, and browsers are told to run and load nothing else."""

from __future__ import annotations

import re

import httpx
import pytest
from reading import seen
from written import MARKUP

pytestmark = pytest.mark.integration

PATHS = (
    "/?q=cult", "/scenes?q=cult", "/movies/marked", "/movies/marked?q=horror", "/movies/harbor", "/progress",
    "/add", "/?q=%3Cscript%3Ealert(4)%3C/script%3E", "/nothing/%3Cscript%3E", "/suggest?q=movie:m",
    "/movies/marked?q=%22%3E%3Cscript%3E", "/progress/now?movie=%3Cscript%3E",
    "/scenes?q=%22%3E%3Cscript%3E", "/movies/%3Cscript%3E",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_markup_is_shown_as_text(pages: httpx.Client, path: str) -> None:
    answer = pages.get(path)
    found = seen(answer, answer.status_code)
    for tag, given in found.elements:
        assert tag != "script" or given["src"].startswith("/static/"), given
        assert not [name for name in given if name.startswith("on") or name == "style"], given
        for name in ("href", "src", "action"):
            assert not given.get(name, "").casefold().startswith(("javascript:", "data:"))
    assert all(place.startswith(("/static/", "/api/movies/")) for place in found.loads)


@pytest.mark.parametrize("path", ["/?q=cult", "/scenes?q=cult", "/movies/marked", "/movies/harbor"])
def test_and_it_is_there(pages: httpx.Client, path: str) -> None:
    assert MARKUP in seen(pages.get(path)).text


@pytest.mark.parametrize("path", [*PATHS, "/api/movies", "/api/nothing", "/static/x/page.css"])
def test_every_answer_has_the_policy(pages: httpx.Client, path: str) -> None:
    headers = pages.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    kinds = ("script", "style", "img", "font", "connect")
    assert {policy[f"{kind}-src"] for kind in kinds} == {"'self'"}
    assert headers["x-content-type-options"] == "nosniff"


def test_a_refusal_has_the_policy_too(pages: httpx.Client) -> None:
    refused = pages.get("/", headers={"Host": "evil.example"})
    assert "default-src 'none'" in refused.headers["content-security-policy"]
    assert "does not answer to this host name" in seen(refused, 421).text


def test_files_of_the_pages_are_kept_for_good(pages: httpx.Client) -> None:
    page = pages.get("/")
    places = [place for place in seen(page).loads if place.startswith("/static/")]
    sheet = pages.get(next(place for place in places if place.endswith(".css"))).text
    fonts = re.findall(r"url\(([^)]+)\)", sheet)
    assert any(font.endswith(".woff2") for font in fonts)
    for place in [*places, *(f"/static/x/{font}" for font in fonts)]:
        answer = pages.get(place)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert page.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize("name", ["../pages/static.py", "..%2fapp.py", "%2e%2e/app.py", "x.css"])
def test_nothing_else_is_sent(pages: httpx.Client, name: str) -> None:
    assert pages.get(f"/static/x/{name}").status_code == 404
