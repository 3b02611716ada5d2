"""Saved searches over HTTP: on the search page, and by calls of the REST API."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from elasticsearch import AsyncElasticsearch
from reading import Seen, seen

from movietag.errors import TransientError
from movietag.search import saved
from movietag.search.saved import SavedSearches
from movietag.settings import Settings
from movietag.web.app import make_web_app

OWN = {"Sec-Fetch-Site": "same-origin"}
QUERY = "horror>=30% and not comedy"


@pytest.fixture(autouse=True)
def nothing_saved(pages: httpx.Client) -> None:
    for name in listed(pages):
        assert pages.delete(f"/api/searches/{name}").status_code == 204


def listed(pages: httpx.Client) -> dict[str, str]:
    searches: list[dict[str, Any]] = pages.get("/api/searches").json()["searches"]
    return {one["name"]: one["query"] for one in searches}


def save(pages: httpx.Client, name: str, q: str, **more: str) -> httpx.Response:
    return pages.post("/searches", data={"name": name, "q": q, **more}, headers=OWN)


def asked(pages: httpx.Client, q: str) -> Seen:
    return seen(pages.get("/", params={"q": q}))


def test_a_query_is_kept_under_a_name_and_picked(pages: httpx.Client) -> None:
    answer = save(pages, " scary nights ", QUERY, by="lift")
    assert answer.status_code == 303
    assert dict(httpx.URL(answer.headers["location"]).params) == {"q": QUERY, "by": "lift"}
    assert "Saved as scary nights" in asked(pages, QUERY).text
    assert "Saved as" not in asked(pages, "gothic").text
    picked = pages.get(seen(pages.get("/")).links["scary nights"])
    assert "3 movies" in seen(picked).text
    assert listed(pages) == {"scary nights": QUERY}


def test_one_is_removed_and_the_query_stays(pages: httpx.Client) -> None:
    save(pages, "scary", QUERY)
    fields = {"name": "scary", "q": "gothic"}
    answer = pages.post("/searches/remove", data=fields, headers=OWN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/?q=gothic")
    assert "scary" not in seen(pages.get("/")).links
    again = pages.post("/searches/remove", data=fields, headers=OWN)
    assert "No search is saved as 'scary'" in seen(again, 404).text


def test_a_name_that_is_none_is_told_in_the_form(pages: httpx.Client) -> None:
    found = seen(save(pages, "a/b", QUERY), 400)
    assert "is not a valid name" in found.text
    values = {
        given.get("id"): given.get("value") for tag, given in found.elements if tag == "input"
    }
    assert (values["name"], values["q"]) == ("a/b", QUERY)
    assert "3 movies" in found.text
    assert listed(pages) == {}


def test_a_query_that_cannot_be_read_is_not_kept(pages: httpx.Client) -> None:
    assert "<mark>horor</mark>" in save(pages, "scary", "horor").text
    assert save(pages, "scary", "x" * 5000).status_code == 422
    assert save(pages, "scary", QUERY, by="colour").status_code == 422
    assert listed(pages) == {}


def test_markup_in_a_saved_query_is_text(pages: httpx.Client) -> None:
    save(pages, "marked", 'title:"<b>bold</b>"')
    answer = pages.get("/")
    assert 'title:"<b>bold</b>"' in seen(answer).text
    assert "<b>bold" not in answer.text


async def test_movies_are_found_where_saved_searches_cannot_be_read(
    library: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(_: AsyncElasticsearch) -> SavedSearches:
        raise TransientError("The index is not ours to read.")

    monkeypatch.setattr(saved, "list_saved", refused)
    app = make_web_app(library)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1"
        ) as client,
    ):
        assert "4 movies" in seen(await client.get("/?q=horror")).text


def test_the_calls(pages: httpx.Client) -> None:
    made = pages.put("/api/searches/Äre%20funny", params={"q": "comedy"})
    assert made.status_code == 200
    assert made.json().items() >= {"name": "Äre funny", "query": "comedy"}.items()
    pages.put("/api/searches/Äre%20funny", params={"q": QUERY})
    assert listed(pages) == {"Äre funny": QUERY}
    gone = pages.delete("/api/searches/Äre%20funny")
    assert (gone.status_code, gone.content) == (204, b"")
    assert listed(pages) == {}


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("-a?q=horror", 400, "is not a valid name"),
        ("a?q=horor", 400, "Did you mean horror"),
        ("a?q=horror&by=lift", 422, "by: Extra inputs"),
        (f"a?q={'x' * 5000}", 422, "at most 4000 characters"),
    ],
)
def test_what_the_call_does_not_keep(
    pages: httpx.Client, path: str, status: int, says: str
) -> None:
    answer = pages.put(f"/api/searches/{path}")
    assert answer.status_code == status
    assert says in answer.json()["detail"]
    assert listed(pages) == {}


def test_one_that_is_not_there_cannot_be_removed(pages: httpx.Client) -> None:
    answer = pages.delete("/api/searches/nobody")
    assert (answer.status_code, "'nobody'" in answer.json()["detail"]) == (404, True)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_browsers_are_not_told_that_other_sites_may_call(pages: httpx.Client, method: str) -> None:
    """They ask first, for these methods; whoever is not told so sends nothing."""
    asking = {"Origin": "http://evil.example", "Access-Control-Request-Method": method}
    answer = pages.options("/api/searches/a", headers=asking)
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]
