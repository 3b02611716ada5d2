"""How far the library is, and failed movies over HTTP: calls, pages, and the button that sends movies again."""

from __future__ import annotations

import httpx
import pytest
from reading import seen

OWN = {"Sec-Fetch-Site": "same-origin"}


def test_the_call_counts_and_lists_them(api: httpx.Client) -> None:
    found = api.get("/api/failed").json()
    assert found["total"] == sum(one["movies"] for one in found["errors"]) >= 1
    listed = api.get("/api/failed", params={"reason": "other", "limit": 1}).json()
    assert [one["error"] for one in listed["movies"]] == ["other"]
    assert api.get("/api/failed", params={"limit": 0}).json()["movies"] == []


def test_a_reason_that_no_movie_has(api: httpx.Client) -> None:
    answer = api.get("/api/failed", params={"reason": "offline"})
    assert answer.status_code == 400
    assert "Reasons now:" in answer.text


def test_the_page_has_counts_and_movies(pages: httpx.Client) -> None:
    text = seen(pages.get("/failed"), 200).text
    assert "Nobody Finds This" in text
    assert "Try 1 again" in text
    assert "Movies with the reason other" in seen(pages.get("/failed?reason=other"), 200).text
    assert "The newest" in seen(pages.get("/failed?reason=unheard-of"), 200).text


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        ({}, 400, "Select a reason."),
        ({"reason": "unheard-of"}, 400, "No movie failed with the reason"),
        ({"reason": "other"}, 503, "Kafka does not answer"),
    ],
)
def test_a_retry_that_cannot_be_sent(
    pages: httpx.Client, fields: dict[str, str], status: int, says: str
) -> None:
    answer = pages.post("/failed", data=fields, headers=OWN)
    assert says in seen(answer, status).text


def test_another_site_sends_nothing(pages: httpx.Client) -> None:
    answer = pages.post("/failed", data={"reason": "other"}, headers={"Origin": "http://evil"})
    seen(answer, 403)


def test_how_far_the_library_is(api: httpx.Client, pages: httpx.Client) -> None:
    found = api.get("/api/progress").json()
    assert found["total"] >= found["done"] + found["running"] > 0
    assert found["failed"] >= 1
    assert f"of {found['total']:,} titles done" in found["text"]
    text = seen(pages.get("/progress"), 200).text
    assert "titles done" in text
