"""Signing in with an API key, in the place of which a browser then has a session."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from reading import seen
from support.patience import patience
from support.serve_process import serving

from movietag.settings import Settings
from movietag.web.keys import key_digest, open_session, session_key
from movietag.web.pages.sessions import own_path

KEY = "0123456789abcdef0123"
OTHER = "another-key-of-length"
OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.mark.parametrize(
    "then", ["//evil", "/\\evil", "https://evil", "javascript:x", "", "/login", "/a\nb"]
)
def test_signing_in_leads_nowhere_else(then: str) -> None:
    assert own_path(then) == "/"
    assert own_path("/scenes?q=murder") == "/scenes?q=murder"


def test_a_session_ends_with_its_time_or_its_key() -> None:
    key, other = key_digest(KEY), key_digest(OTHER)
    session = open_session(key, 1000)
    assert session_key(session, [other, key], 999) == key
    assert session_key(session, [other, key], 1000) is None
    assert session_key(session, [other], 999) is None
    assert session_key(session.replace("1000", "2000"), [key], 999) is None


@pytest.mark.parametrize(
    "session", ["", ".", "9", "99999.", "99999.x", "-1.x", "9e9.x", "٩٩٩٩.x", "9" * 40 + ".x"]
)
def test_what_is_no_session(session: str) -> None:
    assert session_key(session, [key_digest(KEY)], 0) is None


@pytest.fixture(scope="module")
def keyed(library: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    keys: Path = tmp_path_factory.mktemp("keys") / "keys"
    keys.write_text(f"{KEY}\n")
    with serving(library, MOVIETAG_WEB_KEYS=str(keys), MOVIETAG_KAFKA="127.0.0.1:9") as address:
        yield address


@pytest.fixture
def browser(keyed: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=keyed, timeout=patience(30), headers=OWN) as client:
        yield client


def test_who_has_no_session_is_asked_for_a_key(browser: httpx.Client) -> None:
    answer = browser.get("/?q=horror&by=lift")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?then=/%3Fq%3Dhorror%26by%3Dlift"
    assert "API key" in seen(browser.get(answer.headers["location"])).text
    assert browser.get("/api/movies").status_code == 401
    assert browser.put("/api/searches/a?q=horror").status_code == 401
    for path in ("/add", "/searches", "/searches/remove"):
        seen(browser.post(path, data={"titles": "Heat", "name": "a", "q": "horror"}), 401)
    assert "key is not valid" in seen(browser.post("/login", data={"key": "x" * 20}), 401).text


def test_a_key_is_exchanged_for_a_session(browser: httpx.Client) -> None:
    answer = browser.post("/login", data={"key": KEY, "then": "/scenes?q=murder"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/scenes?q=murder")
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict"} <= set(cookie.split("; "))
    assert KEY not in cookie
    assert "Secure" not in cookie
    assert "Sign out" in seen(browser.get("/?q=horror")).text
    assert browser.get("/api/movies").status_code == 200
    assert browser.post("/logout").status_code == 303
    assert browser.get("/?q=horror").status_code == 303


def test_behind_tls_the_cookie_is_for_tls_only(browser: httpx.Client) -> None:
    host = browser.base_url.netloc.decode()
    answer = browser.post("/login", data={"key": KEY}, headers={"Origin": f"https://{host}"})
    assert "Secure" in answer.headers["set-cookie"].split("; ")


@pytest.mark.parametrize(("key", "status"), [(KEY, 200), (OTHER, 303)])
def test_a_session_is_signed_with_a_key_that_is_known(keyed: str, key: str, status: int) -> None:
    session = open_session(key_digest(key), int(time.time()) + 1000)
    answer = httpx.get(
        f"{keyed}/", headers={"Cookie": f"movietag-session={session}"}, timeout=patience(30)
    )
    assert answer.status_code == status
