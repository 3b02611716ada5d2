"""Marks around a title: quotes, bullets, markup, and what a list leaves behind."""

from __future__ import annotations

import html
import re
from typing import Final
from urllib.parse import unquote

_QUOTES: Final = {
    '"': '"', "'": "'", "“": "”", "„": "“”", "‘": "’", "’": "’", "‚": "‘", "«": "»", "»": "«", "‹": "›",  # noqa: RUF001
    "「": "」", "<": ">", "≪": "≫", "『": "』", "《": "》", "〈": "〉", "〝": "〟", "【": "】", "”": "”", "`": "`",
}  # fmt: skip
_EMPHASIS: Final = re.compile(
    r"(?P<mark>\*\*|__|~~|\*|_)(?P<inner>[^*_~\s](?:[^*_~]*[^*_~\s])?)(?P=mark)"
    r"|(?P<quotes>'{2,3})(?P<wiki>[^'\s](?:(?!'').)*)(?P=quotes)"
)
_BULLET: Final = re.compile(
    r"(?:[-*+>–—•·‣◦▪▫●○■□◆◇→⁃∙~»]|[\u2600-\u27bf\U0001f300-\U0001faff]\ufe0f?|\[(?:[ xX]|\d{1,3})\]|\#{1,6})\s+(?=\S)|[|•‣◦▪●■◆・①-⑳]\s*(?=\S)"  # noqa: RUF001
)
_MONTHS: Final = (
    "Januar|January|Jänner|Februar|February|März|March|April|Mai|May|Juni|June|Juli|July|August|September|Oktober"
    "|October|November|Dezember|December"
)
# A number before a small letter or a month is an ordinal: `9. April`, `9. rota`.
_NUMBER: Final = re.compile(
    rf"(?:\d{{1,4}}\.?\)|\d{{1,4}}\.-|\#\d{{1,4}}[.:)]|(?P<dot>\d{{1,4}}\.)(?!\s+(?:{_MONTHS})\b)|0\d{{1,2}}\s*[-–])\s+(?=\S)|\d{{1,4}}[．、）]\s*(?=\S)"  # noqa: RUF001
)
_LEFT_BEHIND: Final = re.compile(r"(?:\s*[,;|:，；、：]|\s+[-–—•·_]|[/\\])+$")  # noqa: RUF001
_HTML_TAG: Final = re.compile(
    r"</?(?:i|b|em|strong|u|a|span|p|li|td|cite|br|h[1-6])(?:\s[^<>]*)?/?>", re.IGNORECASE
)
_WIKI_LINK: Final = re.compile(r"\[\[(?:[^\[\]|]+\|)?(?P<text>[^\[\]|]+)\]\]")
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,31}\d?);")
MOST_ENCODED: Final = 8  # times


def decoded(text: str) -> str:
    """The text with the characters that HTML and addresses name (``&amp;``, ``%20``), without tags.

    Of a link of MediaWiki (``[[Heat (1995 film)|Heat]]``) it keeps what is seen. What a page encoded twice
    (``&amp;amp;``) is decoded twice: what is read is read as itself.
    """
    for _ in range(MOST_ENCODED):
        plain = _decoded_once(text)
        if plain == text:
            break
        text = plain
    return text


def _decoded_once(text: str) -> str:
    plain = _HTML_TAG.sub("", text) if "<" in text else text
    plain = _WIKI_LINK.sub(r"\g<text>", plain) if "[[" in plain else plain
    plain = unquote(plain) if "%20" in plain else plain
    return _ENTITY.sub(lambda found: html.unescape(found[0]), plain) if "&" in plain else plain


def unquoted(text: str) -> str | None:
    """The text within quotes or marks of emphasis around all of it; None if there are none."""
    if found := _EMPHASIS.fullmatch(text):
        return found["inner"] or found["wiki"].strip()
    ends = _QUOTES.get(text[:1], "")
    if len(text) < 3 or text[-1] not in tuple(ends):
        return None
    inner = text[1:-1].strip()
    if text[0] == '"':
        inner = inner.replace('""', "\0")
        return None if '"' in inner else inner.replace("\0", '"') or None
    if text[0] == "'":
        nested = re.search(r"(?:^|\s)'|'\s", inner)
        return None if nested else inner or None
    return None if text[0] in inner or text[-1] in inner else inner or None


def without_bullet(text: str) -> str | None:
    """The text after a bullet or the number of a list; None if there is none."""
    if bullet := _BULLET.match(text):
        return text[bullet.end() :]
    number = _NUMBER.match(text)
    if number is None or (number["dot"] and text[number.end()].islower()):
        return None
    return text[number.end() :]


def without_left_behind(text: str) -> str | None:
    """The text before a comma, semicolon or dash that a list left at its end; None if there is none."""
    found = _LEFT_BEHIND.search(text)
    return text[: found.start()].rstrip() or None if found else None
