"""A page as tests read it: its text, its links, the rows of its tables, and what it loads."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

WITHIN_WORDS = frozenset({"a", "b", "bdi", "code", "mark", "span"})


@dataclass
class Seen(HTMLParser):
    """What an HTML text holds; links by their label or text."""

    links: dict[str, str] = field(default_factory=dict)
    loads: list[str] = field(default_factory=list)
    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    _words: list[str] = field(default_factory=list)
    _in_cell: bool = False
    _link: tuple[str, str, list[str]] | None = None

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.elements.append((tag, given))
        if tag in {"img", "script", "link"}:
            self.loads += [given[name] for name in ("src", "href") if name in given]
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")
            self._in_cell = True
        if tag == "a" and "href" in given:
            self._link = (given["href"], given.get("aria-label", ""), [])
        if tag not in WITHIN_WORDS:
            self._words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"}:
            self._in_cell = False
        if tag == "a" and self._link:
            href, label, said = self._link
            self.links[label or " ".join("".join(said).split())] = href
            self._link = None

    def handle_data(self, data: str) -> None:
        self._words.append(data)
        if self._in_cell:
            self.rows[-1][-1] += data.strip()
        if self._link:
            self._link[2].append(data)

    @property
    def text(self) -> str:
        """All text, with single spaces."""
        return " ".join("".join(self._words).split())


def seen(answer: httpx.Response, status: int = 200) -> Seen:
    """The page of an answer."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "Traceback" not in answer.text
    found = Seen()
    found.feed(answer.text)
    found.close()
    return found
