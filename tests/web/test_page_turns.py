"""Pages that last: after an hour, after a restart, on the page, over REST, by the commands and from Python."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import typer
from browsing import DESKTOP, PHONE, expect
from reading import seen
from support.patience import patience
from support.serve_process import serving
from typer.testing import CliRunner

from movietag.cli.scenes import scenes as scenes_command
from movietag.cli.search import search as search_command
from movietag.search.cursors import cursor_of
from movietag.settings import Settings
from movietag.toolkit import open_library

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MANY = "100000"  # calls a second
EVERY = pytest.mark.parametrize(
    ("path", "key"), [("/api/movies", "movies"), ("/api/scenes", "scenes")]
)
OLD = urlsafe_b64encode(json.dumps(["a snapshot of 0.1", ["heat", "m1"]]).encode()).decode()


def record(api: httpx.Client, path: str, **params: Any) -> Any:
    answer = api.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def lose(library: Settings, page: Any) -> None:
    """Delete the snapshot of a page, as Elasticsearch does after two minutes, or when it is restarted."""
    cursor = cursor_of(page["next"])
    assert cursor is not None
    login = (library.elasticsearch_username, library.elasticsearch_password.get_secret_value())
    pit = f"{library.elasticsearch_url}/_pit"
    done = httpx.request("DELETE", pit, json={"id": cursor.snapshot}, auth=login)
    assert done.json()["num_freed"] == 1


@EVERY
def test_a_page_outlives_its_snapshot_and_its_server(
    api: httpx.Client, library: Settings, path: str, key: str
) -> None:
    query = {"q": "horror or romantic", "limit": 2}
    whole = record(api, path, **{**query, "limit": 100})[key]
    first = record(api, path, **query)
    lose(library, first)
    for _ in "again":  # reloading changes nothing
        second = record(api, path, **query, next=first["next"])
        assert (second[key], second["first"]) == (whole[2:4], 3)
    with serving(library) as address, httpx.Client(base_url=address, timeout=patience(30)) as later:
        third = record(later, path, **query, next=second["next"])
        assert third[key] == whole[4:6]
        before = record(later, path, **query, previous=second["previous"])
        assert (before[key], before["first"]) == (whole[:2], 1)
        assert "previous" not in before


@EVERY
@pytest.mark.parametrize(
    ("other", "status", "says"),
    [
        ({"q": "comedy or western"}, 400, "belongs to another query: repeat the search without it"),
        ({"q": "horror or romantic", "next": OLD}, 410, "another version of movietag: repeat"),
        ({"q": "horror or romantic", "next": "x"}, 400, "repeat the search without it"),
    ],
)
def test_a_token_belongs_to_its_query(
    api: httpx.Client, path: str, key: str, other: dict[str, str], status: int, says: str
) -> None:
    first = record(api, path, q="horror or romantic", limit=2)
    answer = api.get(path, params={"next": first["next"], **other})
    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        "application/problem+json",
    )
    assert says in answer.json()["detail"]
    swapped = api.get(path, params={"q": "horror or romantic", "previous": first["next"]})
    assert (swapped.status_code, "send it as `next`" in swapped.text) == (400, True)
    page = seen(pages_of(api, path, {"next": first["next"], **other}), status)
    assert says in page.text
    seen(api.get(page.links["First page of this search"]))


def pages_of(api: httpx.Client, path: str, params: dict[str, str]) -> httpx.Response:
    return api.get("/" if path.endswith("movies") else "/scenes", params=params)


def test_a_token_belongs_to_its_order(api: httpx.Client) -> None:
    first = record(api, "/api/movies", q="horror", limit=1, by="title")
    answer = api.get("/api/movies", params={"q": "horror", "next": first["next"]})
    assert answer.status_code == 400
    assert "belongs to the order 'title', not 'ratio'" in answer.json()["detail"]


def test_plain_words_stay_read_as_they_were(api: httpx.Client) -> None:
    first = record(api, "/api/movies", q="dune", limit=1)
    second = record(api, "/api/movies", q="dune", limit=1, next=first["next"])
    assert second["read"] == first["read"]
    assert [one["movies"][0]["movie_id"] for one in (first, second)] == ["dune-84", "dune-21"]
    assert "next" not in second


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("command", "key", "said"),
    [
        (search_command, "movies", "Movies 3 to 4 of 5"),
        (scenes_command, "scenes", "Scenes 3 to 4;"),
    ],
)
def test_the_commands_turn_pages(command: Any, key: str, said: str) -> None:
    app = typer.Typer()
    app.command()(command)

    def call(*words: str) -> str:
        done = CliRunner().invoke(app, ["horror or cute", "--limit", "2", *words])
        assert done.exit_code == 0, done.output
        return done.stdout

    first = json.loads(call("--json"))
    second = json.loads(call("--json", "--next", first["next"]))
    assert first[key] != second[key]
    assert json.loads(call("--json", "--previous", second["previous"]))[key] == first[key]
    told = call("--next", first["next"])
    assert said in told
    assert f"--next {second['next']}" in told
    assert f"--previous {second['previous']}" in told
    wrong = CliRunner().invoke(app, ["comedy", "--next", first["next"]])
    assert (wrong.exit_code, "belongs to another query" in wrong.output) == (2, True)


async def test_python_turns_pages(library: Settings) -> None:
    async with open_library(library) as shelf:
        first = await shelf.search("horror", limit=2)
        second = await shelf.search("horror", limit=2, next_page=str(first.next))
        assert (second.first, bool(second.next)) == (3, False)
        before = await shelf.search("horror", limit=2, previous_page=str(second.previous))
        assert before.movies == first.movies
        scenes = await shelf.scenes("horror", limit=1)
        further = await shelf.scenes("horror", limit=1, next_page=str(scenes.next))
        again = await shelf.scenes("horror", limit=1, previous_page=str(further.previous))
        assert (further.first, again.scenes) == (2, scenes.scenes)


@pytest.fixture(scope="module")
def scattered(library: Settings) -> Iterator[str]:
    """A server for which each frame is a scene, so there are pages of them."""
    with serving(library, MOVIETAG_WEB_RATE=MANY, MOVIETAG_SCENE_GAP="0") as address:
        yield address


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_back_reload_and_previous_after_ten_minutes(
    browser: Browser, scattered: str, library: Settings, viewport: dict[str, int]
) -> None:
    context = browser.new_context(base_url=scattered, viewport=viewport)
    page = context.new_page()
    page.clock.install()
    page.goto("/scenes?q=horror")
    first = page.locator(".scene .caption").all_inner_texts()
    for number in (25, 49):
        page.get_by_role("link", name="Next", exact=True).click()
        expect(page.get_by_text(f"Scenes {number} to {number + 23}")).to_be_visible()
    lose(library, {"next": httpx.URL(page.url).params["next"]})
    page.clock.fast_forward("10:00")
    page.go_back()
    page.reload()
    expect(page.get_by_text("Scenes 25 to 48")).to_be_visible()
    page.get_by_role("link", name="Next", exact=True).click()
    expect(page.get_by_text("Scenes 49 to 72")).to_be_visible()
    page.get_by_role("link", name="Previous").click()
    page.get_by_role("link", name="Previous").click()
    expect(page.get_by_text("Scenes 1 to 24")).to_be_visible()
    assert page.locator(".scene .caption").all_inner_texts() == first
    assert page.get_by_role("link", name="Previous").count() == 0
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
    context.close()
