"""Feeds: the newest movies of a saved search, in Atom (RFC 4287). Pure."""

from __future__ import annotations

import uuid
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote, urlencode

from movietag.exporting.nfo import xml_text
from movietag.exporting.tables import instant
from movietag.search.naming import named
from movietag.search.results import Movie
from movietag.search.saved import SavedSearch

ATOM: Final = "http://www.w3.org/2005/Atom"
MOST_TAGS: Final = 10  # in the text of an entry


def feed_path(name: str) -> str:
    """The path of the feed of a saved search, on the server of the REST API."""
    return f"/api/searches/{quote(name, safe='')}/feed"


def atom_feed(saved: SavedSearch, movies: Sequence[Movie], address: str, own: str) -> bytes:
    """The feed of a saved search: an entry a movie, in their order.

    Ids are made of the search's name and the movies' ids, so a reader knows what it has seen wherever the server is.

    Args:
        saved: the search.
        movies: what it finds, the newest first.
        address: of the server, without a slash at its end.
        own: the path of the feed.
    """
    feed = ET.Element("feed", {"xmlns": ATOM})
    _text(feed, "id", _urn(f"search/{saved.name}"))
    _text(feed, "title", f"movietag: {xml_text(saved.name)}")
    _text(feed, "subtitle", xml_text(saved.query))
    _text(feed, "updated", instant(max([saved.saved_ms, *(one.updated_ms for one in movies)])))
    _text(ET.SubElement(feed, "author"), "name", "movietag")
    _text(feed, "generator", "movietag")
    _link(feed, "self", f"{address}{own}", "application/atom+xml")
    _link(feed, "alternate", f"{address}/?{urlencode({'q': saved.query})}", "text/html")
    for movie in movies:
        entry = ET.SubElement(feed, "entry")
        _text(entry, "id", _urn(f"movie/{movie.movie_id}"))
        _text(entry, "title", xml_text(named(movie.title, movie.year)))
        _text(entry, "published", instant(movie.added_ms))
        _text(entry, "updated", instant(movie.updated_ms))
        page = f"{address}/movies/{quote(movie.movie_id, safe='')}?{urlencode({'q': saved.query})}"
        _link(entry, "alternate", page, "text/html")
        for tag in movie.tags:
            ET.SubElement(entry, "category", {"term": xml_text(tag)})
        _text(entry, "content", _summary(movie))
    ET.indent(feed)
    body: bytes = ET.tostring(feed, "utf-8", xml_declaration=True)
    return body


def _urn(name: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"movietag:{name}").urn


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text


def _link(parent: ET.Element, rel: str, href: str, kind: str) -> None:
    ET.SubElement(parent, "link", {"rel": rel, "href": href, "type": kind})


def _summary(movie: Movie) -> str:
    shown = list(movie.tags.items())[:MOST_TAGS]
    tags = ", ".join(f"{xml_text(tag)} {one.ratio:.0%}" for tag, one in shown)
    return f"{movie.images} images, {movie.status}. {tags}"
