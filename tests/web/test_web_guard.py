from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import Response
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from movietag.errors import UsageError
from movietag.settings import Settings
from movietag.web.app import PARTS
from movietag.web.caching import Cached
from movietag.web.guard import Guard
from movietag.web.keys import read_keys
from movietag.web.origins import allowed_hosts, is_loopback, is_same_origin
from movietag.web.roles import Caller, Role


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("movies", False),
    ],
)
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_who_can_be_reached_needs_keys(keys: Path) -> None:
    with pytest.raises(UsageError, match="set MOVIETAG_WEB_KEYS"):
        read_keys(Settings(web_host="0.0.0.0"), loopback=False)
    assert len(read_keys(Settings(web_host="0.0.0.0", web_keys=keys), loopback=False)) == 2
    assert read_keys(Settings(), loopback=True) == {}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("# nothing\n\n", "has no key"),
        ("short\n", "line 1 has a key that is too short"),
        (None, "cannot be read"),
        ("read me short\n", "too short"),
        ("\noperate 0123456789abcdef0123\n", "line 2: after the role come a name and a key"),
        ("read a 0123456789abcdef0123\nadd b 0123456789abcdef0123\n", "line 2 has the key of a"),
    ],
)
def test_files_of_keys_that_cannot_be_used(tmp_path: Path, content: str | None, says: str) -> None:
    path = tmp_path / "keys"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError, match=says):
        read_keys(Settings(web_keys=path), loopback=True)


def test_a_line_has_a_role_and_a_name_or_adds_as_before(tmp_path: Path) -> None:
    (path := tmp_path / "keys").write_text(
        "read dashboards 0123456789abcdef0123\noperate ops fedcba98765432100123 # of us\n"
        "another-key-of-length\nadding as four words does\n"
    )
    keys = read_keys(Settings(web_keys=path), loopback=True)
    assert list(keys.values()) == [
        Caller("dashboards", Role.READ),
        Caller("ops", Role.OPERATE),
        Caller("line 3", Role.ADD),
        Caller("line 4", Role.ADD),
    ]


def test_names_of_the_server() -> None:
    assert "localhost" in allowed_hosts(Settings())
    assert allowed_hosts(Settings(web_host="0.0.0.0")) == frozenset()
    assert "movies.example" in allowed_hosts(Settings(web_hosts=("movies.example",)))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "http://tags:1"}, False),
        ({"origin": "http://tags:1"}, True),
        ({"origin": "http://tags:2"}, False),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://[tags:1"}, False),
        ({}, False),
    ],
)
def test_from_whose_page_a_form_comes(headers: dict[str, str], expected: bool) -> None:
    raw = {name.encode(): value.encode() for name, value in {**headers, "host": "tags:1"}.items()}
    assert is_same_origin(raw) is expected


FOREIGN = (
    *("evil.example", "evil.example:19390", "127.0.0.1.evil.example", "localhost.evil.example"),
    *("evil.example.", "127.0.0.1@evil.example", "localhost:80@evil.example", "127.1", "127.0.0.2"),
    *("2130706433", "0.0.0.0", "[::1].evil.example", "[::]", "[::ffff:127.0.0.1]", "0x7f.0.0.1"),
    *("localhost.", "127.0.0.1.", " localhost", "localhost,evil.example", ""),
)
ROUTES = [
    (method, route.path)
    for part in PARTS
    for route in part.routes
    if isinstance(route, APIRoute)
    for method in sorted(route.methods)
]


@asynccontextmanager
async def guarded() -> AsyncIterator[httpx.AsyncClient]:
    """A client of an app behind the guard; 299 is the status of what passes."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await Response(status_code=299)(scope, receive, send)

    transport = httpx.ASGITransport(Guard(app, Settings(), {}))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


async def behind_the_guard(method: str, path: str, headers: dict[str, str]) -> int:
    """The status that one call gets."""
    async with guarded() as client:
        return (await client.request(method, path, headers=headers)).status_code


@pytest.mark.parametrize("host", FOREIGN)
async def test_by_another_name_nothing_is_reached(host: str) -> None:
    own = {"Sec-Fetch-Site": "same-origin"}
    async with guarded() as client:
        for method, path in ROUTES:
            answer = await client.request(method, path, headers={"Host": host, **own})
            assert answer.status_code == 421, (method, path)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:19390", "LOCALHOST", "[::1]:19390"])
async def test_by_its_own_names_it_is(host: str) -> None:
    assert await behind_the_guard("GET", "/", {"Host": host}) == 299


async def test_no_form_of_another_site_changes_anything() -> None:
    """Whatever is sent without asking first: a page may send GET, HEAD and POST of text to anywhere."""
    json = {"Content-Type": "application/json"}
    for method, path in ROUTES:
        if method in ("GET", "HEAD"):
            continue
        api = path.startswith("/api/")
        for headers in ({"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
            assert await behind_the_guard(method, path, json | headers) == 403, path
        assert await behind_the_guard(method, path, {}) == (299 if api else 403), path
        own = {"Sec-Fetch-Site": "same-origin"}
        assert await behind_the_guard(method, path, json | own) == 299, path
    assert sum(method == "POST" for method, _ in ROUTES) >= 5


def test_every_post_of_the_api_is_json_of_somebody_with_a_role() -> None:
    """Text is what a page of another site may send without asking: ``require_role`` refuses it."""
    posts = [
        route
        for part in PARTS
        for route in part.routes
        if isinstance(route, APIRoute)
        and route.path.startswith("/api/")
        and "POST" in route.methods
    ]
    assert posts
    for route in posts:
        names = {getattr(one.call, "__qualname__", "") for one in route.dependant.dependencies}
        assert "require_role.<locals>.checked" in names, route.path


async def test_a_kept_value_is_made_once_for_all_who_wait() -> None:
    made: list[int] = []

    async def make() -> int:
        made.append(1)
        await asyncio.sleep(0)
        return len(made)

    kept = Cached(make, 1000, stale=True)
    assert await asyncio.gather(*(kept.get() for _ in range(5))) == [1] * 5
    assert await kept.get() == 1


async def test_an_old_value_is_given_while_the_next_is_made() -> None:
    values = iter((1, 2))

    async def make() -> int:
        return next(values)

    kept = Cached(make, 0, stale=True)
    assert await kept.get() == 1
    assert await kept.get() == 1
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert await kept.get() == 2


async def test_an_error_is_told_and_tried_again() -> None:
    outcomes: list[object] = [OSError("away"), 3]

    async def make() -> object:
        found = outcomes.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    kept = Cached(make, 1000, stale=False)
    with pytest.raises(OSError, match="away"):
        await kept.get()
    assert await kept.get() == 3
