"""Tags in NFO files, as Kodi and Jellyfin read them: `<tag>` elements of `<movie>`. Pure.

The text around our elements stays as it is, byte for byte: encoding, comments, unknown elements, tags of others, an
address behind the XML. Ours have an attribute, by which they are found again: ``<tag source="movietag">horror</tag>``.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat
from xml.sax.saxutils import escape

from movietag.errors import UsageError
from movietag.search.naming import plain

MOST_BYTES: Final = 4 << 20
ATTRIBUTE: Final = "source"
OWNER: Final = "movietag"
INDENT: Final = b"    "

_DECLARED: Final = re.compile(rb"""<\?xml[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_BEFORE_OURS: Final = re.compile(rb"(?:\r\n|\n|\r)?[ \t]*\Z")
_INDENTED: Final = re.compile(rb"[\r\n]([ \t]*)\Z")
_FORBIDDEN: Final = re.compile("[\ufffe\uffff]")
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class UnusableNfoError(UsageError):
    """An NFO file that cannot be changed without harm; the text says why."""


def with_tags(document: bytes, tags: Sequence[str]) -> bytes:
    """The NFO file with these tags of ours, in this order, in place of those that it has; the same bytes if it has them.

    A tag that somebody else has written is not written again. Without tags, ours are removed: what is left are the bytes
    from before they were first written.

    Raises:
        UnusableNfoError: it is not the XML of a movie, or in no known encoding.
    """
    if len(document) > MOST_BYTES:
        raise UnusableNfoError(f"it is larger than {MOST_BYTES >> 20} MB")
    encoding = _encoding(document)
    text = _decoded(document, encoding).encode()
    outline = _outline(text)
    others = {tag.casefold() for tag in outline.others}
    wanted = [tag for tag in map(xml_text, tags) if tag.strip().casefold() not in others]
    if [ours.text for ours in outline.ours] == wanted:
        return document
    changed = _written(_removed(text, outline.ours), wanted)
    return changed.decode().encode(encoding, "xmlcharrefreplace")


def xml_text(text: str) -> str:
    """Untrusted text on one line, without what XML forbids; ``<`` and ``&`` are left to the writer."""
    return _FORBIDDEN.sub("", plain(text))


@dataclass(slots=True)
class _Ours:
    """An element of ours: its text, and where it begins and ends."""

    start: int
    end: int = 0
    text: str = ""


@dataclass(slots=True)
class _Outline:
    """What is known of a document: positions in its UTF-8 bytes."""

    root: str = ""
    end: int = -1  # of what is in the root
    first: int | None = None  # the root's first element
    ours: list[_Ours] = field(default_factory=list)
    others: list[str] = field(default_factory=list)  # texts of others' tags


class _Reader:
    """Follows expat's events; positions are bytes of the parsed text."""

    def __init__(self, text: bytes) -> None:
        self.outline = _Outline()
        self._text = text
        self._path: list[str] = []
        self._tag: list[str] | None = None
        self._own: _Ours | None = None
        self._parser = expat.ParserCreate("utf-8")  # not what the document declares: it is decoded
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._finish
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._doctype

    def read(self) -> _Outline:
        """The outline; what follows the root (an address, in a combination NFO) is not read."""
        try:
            self._parser.Parse(self._text, True)
        except expat.ExpatError as error:
            if self.outline.end < 0:
                raise UnusableNfoError(f"it is not XML ({error})") from None
        return self.outline

    def _doctype(self, *_: object) -> None:
        raise UnusableNfoError("it has a DOCTYPE")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        at = self._parser.CurrentByteIndex
        if not self._path:
            self.outline.root = name
        elif len(self._path) == 1:
            self.outline.first = at if self.outline.first is None else self.outline.first
            if name == "tag":
                self._tag = []
                self._own = _Ours(at) if attributes == {ATTRIBUTE: OWNER} else None
        self._path.append(name)

    def _characters(self, text: str) -> None:
        if self._tag is not None:
            self._tag.append(text)

    def _finish(self, name: str) -> None:
        at = self._parser.CurrentByteIndex
        self._path.pop()
        if not self._path:
            self.outline.end = at
        elif len(self._path) == 1 and self._tag is not None:
            text = "".join(self._tag)
            if self._own is None:
                self.outline.others.append(text.strip())
            else:
                self._own.text = text
                self._own.end = self._text.index(b">", at) + 1
                self.outline.ours.append(self._own)
            self._tag = self._own = None


def _outline(text: bytes) -> _Outline:
    outline = _Reader(text).read()
    if outline.root != "movie":
        raise UnusableNfoError(f"its root is <{outline.root[:40]}>, not <movie>")
    if not text[outline.end :].startswith(b"</"):
        raise UnusableNfoError("its <movie> is empty")
    return outline


def _removed(text: bytes, ours: Sequence[_Ours]) -> bytes:
    """The text without our elements, and without the line break and indentation before each."""
    for one in reversed(ours):
        before = _BEFORE_OURS.sub(b"", text[: one.start], count=1)
        text = before + text[one.end :]
    return text


def _written(text: bytes, tags: Sequence[str]) -> bytes:
    """The text with elements for the tags, each on a line of its own, after all that the root has."""
    outline = _outline(text)
    at = len(text[: outline.end].rstrip(b" \t\r\n"))
    newline = b"\r\n" if b"\r\n" in text else b"\n"
    before = _INDENTED.search(text[: outline.first]) if outline.first is not None else None
    indent = before[1] if before else INDENT
    elements = (f'<tag {ATTRIBUTE}="{OWNER}">{escape(tag)}</tag>'.encode() for tag in tags)
    return text[:at] + b"".join(newline + indent + one for one in elements) + text[at:]


def _encoding(document: bytes) -> str:
    for bom, encoding in _BOMS:
        if document.startswith(bom):
            return encoding
    declared = _DECLARED.match(document.lstrip()[:200])
    return declared[1].decode() if declared else "utf-8"


def _decoded(document: bytes, encoding: str) -> str:
    """The document's text, if it can be written back to the same bytes."""
    try:
        text = document.decode(encoding)
        same = text.encode(encoding) == document
    except (LookupError, UnicodeError):
        same = False
    if not same:
        raise UnusableNfoError(f"it is not text in {encoding}")
    return text
