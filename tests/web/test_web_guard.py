from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from movietag.errors import UsageError
from movietag.settings import Settings
from movietag.web.guard import is_loopback, of_own_page, own_names
from movietag.web.kept import Kept
from movietag.web.keys import read_keys


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
    with pytest.raises(UsageError, match="give MOVIETAG_WEB_KEYS"):
        read_keys(Settings(web_host="0.0.0.0"), loopback=False)
    assert len(read_keys(Settings(web_host="0.0.0.0", web_keys=keys), loopback=False)) == 2
    assert read_keys(Settings(), loopback=True) == frozenset()


@pytest.mark.parametrize(
    ("content", "says"),
    [("# nothing\n\n", "has no key"), ("short\n", "too short"), (None, "cannot be read")],
)
def test_files_of_keys_that_cannot_be_used(tmp_path: Path, content: str | None, says: str) -> None:
    path = tmp_path / "keys"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError, match=says):
        read_keys(Settings(web_keys=path), loopback=True)


def test_names_of_the_server() -> None:
    assert "localhost" in own_names(Settings())
    assert own_names(Settings(web_host="0.0.0.0")) == frozenset()
    assert "movies.example" in own_names(Settings(web_hosts=("movies.example",)))


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
    assert of_own_page(raw) is expected


async def test_a_kept_value_is_made_once_for_all_who_wait() -> None:
    made: list[int] = []

    async def make() -> int:
        made.append(1)
        await asyncio.sleep(0)
        return len(made)

    kept = Kept(make, 1000, stale=True)
    assert await asyncio.gather(*(kept.get() for _ in range(5))) == [1] * 5
    assert await kept.get() == 1


async def test_an_old_value_is_given_while_the_next_is_made() -> None:
    values = iter((1, 2))

    async def make() -> int:
        return next(values)

    kept = Kept(make, 0, stale=True)
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

    kept = Kept(make, 1000, stale=False)
    with pytest.raises(OSError, match="away"):
        await kept.get()
    assert await kept.get() == 3
