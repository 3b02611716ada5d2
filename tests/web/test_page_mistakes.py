"""The pages over HTTP when what is asked for cannot be answered."""

from __future__ import annotations

import httpx
import pytest
from reading import seen
from support.patience import patience
from support.serve_process import serving

from movietag.settings import Settings


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/?q=horror+and+comdy", 400, 'href="/?q=horror+and+comedy"'),
        ("/?q=horror+and+(comedy", 400, "closing )"),
        ("/scenes?q=murder>=3%25", 400, "Scenes have no ratios"),
        ("/movies/nobody", 404, "no movie with the id"),
        ("/movies/..%2F..%2Fetc%2Fpasswd", 404, "/movies/../../etc/passwd"),
        ("/why?movie=Blar&q=horror", 404, "Blar"),
        ("/nowhere", 404, "/nowhere"),
        ("/?next=x", 400, "repeat the search"),
        (f"/?q={'x' * 5000}", 422, "at most 4000 characters"),
        (f"/?q={'x' * 20000}", 414, "longer than 16000 bytes"),
        ("/threshold?q=title:x&part=0&at=3", 400, "no tag as its condition"),
        ("/threshold?q=horror&part=2&at=3", 400, "no tag as its condition"),
    ],
)
def test_mistakes_are_told_on_a_page(
    pages: httpx.Client, path: str, status: int, says: str
) -> None:
    answer = pages.get(path)
    seen(answer, status)
    assert says in answer.text


@pytest.mark.parametrize(
    ("before", "marked", "after"),
    [
        ("horror and ", "comdy", ""),
        ("horror and (comedy", "", ""),
        ("murder and ", "mansion", ""),
        ("horror and year:", "soon", " and murder"),
    ],
)
def test_a_query_that_cannot_be_read_is_marked_at_the_place(
    pages: httpx.Client, before: str, marked: str, after: str
) -> None:
    answer = pages.get("/", params={"q": before + marked + after})
    found = seen(answer, 400)
    assert f"{before}<mark>{marked or ' '}</mark>{after}</pre>" in answer.text
    boxes = [given["value"] for tag, given in found.elements if given.get("id") == "q"]
    assert boxes == [before + marked + after]


@pytest.mark.heavy
def test_elasticsearch_away() -> None:
    away = Settings(elasticsearch="http://127.0.0.1:9", vocabulary="mpst")
    with serving(away, MOVIETAG_KAFKA="127.0.0.1:9") as there:
        for path in ("/", "/?q=horror", "/scenes?q=horror", "/movies/x", "/why?movie=x"):
            answer = httpx.get(f"{there}{path}", timeout=patience(30))
            assert "Elasticsearch is unreachable" in seen(answer, 503).text
            assert answer.headers["retry-after"] == "5"
        progress = httpx.get(f"{there}/progress", timeout=patience(30))
        text = seen(progress).text
        assert "Elasticsearch does not answer" in text
        assert "Kafka does not answer" in text
        assert progress.text.count("does not answer</span>") == 5
