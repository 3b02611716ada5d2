"""The feed of a saved search: what RFC 4287 demands of it, and of a second look."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

import httpx
import pytest

NS = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture
def feed(served: httpx.Client) -> Iterator[str]:
    """The path of the feed of a search that is saved."""
    path = "/api/searches/scary old.ones"
    assert served.put(path, params={"q": 'horror>=30% and not "sci-fi"'}).status_code == 200
    yield f"{path}/feed"
    assert served.delete(path).status_code == 204


def one(parent: ET.Element, name: str) -> str:
    """The text of the one child with a name."""
    (child,) = parent.findall(f"a:{name}", NS)
    assert child.text
    return child.text


def link(parent: ET.Element, rel: str) -> str:
    (found,) = [each for each in parent.findall("a:link", NS) if each.get("rel") == rel]
    address = found.attrib["href"]
    assert urlsplit(address).scheme == "http"
    return address


def conforms(root: ET.Element) -> None:
    """Checks sections 4.1.1 and 4.1.2: what must be there, once, in its form."""
    assert root.tag == f"{{{NS['a']}}}feed"
    entries = root.findall("a:entry", NS)
    ids = [one(each, "id") for each in (root, *entries)]
    assert len(set(ids)) == len(ids)
    assert all(each.startswith("urn:uuid:") for each in ids)
    author = root.find("a:author", NS)
    assert author is not None
    assert one(author, "name")
    for each in (root, *entries):
        assert one(each, "title")
        assert datetime.fromisoformat(one(each, "updated")).tzinfo is not None
        assert link(each, "alternate")
    for each in entries:
        assert one(each, "content")
        assert all(category.get("term") for category in each.findall("a:category", NS))


def test_it_conforms_and_has_the_newest_movies(served: httpx.Client, feed: str) -> None:
    answer = served.get(feed)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/atom+xml")
    root = ET.fromstring(answer.content)
    conforms(root)
    expected = served.get(
        "/api/movies", params={"q": 'horror>=30% and not "sci-fi"', "by": "recency"}
    ).json()["movies"]
    assert [one(each, "title").partition(" (")[0] for each in root.findall("a:entry", NS)] == [
        movie["title"] for movie in expected
    ]
    assert httpx.URL(link(root, "self")).path == httpx.URL(feed).path
    for each in (root, *root.findall("a:entry", NS)):
        assert served.get(link(each, "alternate")).status_code == 200


def test_what_has_not_changed_is_not_sent_again(served: httpx.Client, feed: str) -> None:
    tag = served.get(feed).headers["etag"]
    assert served.get(feed, headers={"If-None-Match": tag}).status_code == 304


def test_a_search_that_is_not_saved(served: httpx.Client) -> None:
    assert served.get("/api/searches/nobody/feed").status_code == 404
