"""Kodi's way to read the tags of an NFO file (XMLUtils::GetStringArray of xbmc), with another parser than ours."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

SEPARATOR = " / "  # advancedsettings: videoitemseparator


def kodi_tags(document: bytes) -> list[str]:
    """The tags of a movie: the text of each `<tag>` below its root, split at the separator of items.

    Kodi cuts off what follows the root (a combination NFO).
    """
    tags: list[str] = []
    for element in kodi_movie(document).findall("tag"):
        if element.get("clear") == "true":
            tags.clear()
        if element.text and element.text.strip():
            tags += element.text.strip().split(SEPARATOR)
    return tags


def kodi_movie(document: bytes) -> ET.Element:
    """The `<movie>` of an NFO file."""
    end = re.search(rb"https?://[^<>]*\Z", document)
    root = ET.fromstring(document[: end.start()] if end else document)
    assert root.tag == "movie"
    return root
