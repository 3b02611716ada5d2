"""The search of the demo's site: by overlap of words, as simple as a search can be. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from movietag.drawn.truth import VideoTruth

_WORD = re.compile(r"\w+")
_COMMON_TEXT = (
    "a an and at by for from hd in is movie film my of official on part scene clip the time to trailer"
    " teaser with 공식 예고편 장면 영화 클립 티저 명장면"
)
_COMMON = frozenset(_COMMON_TEXT.split())


def content_words(text: str) -> frozenset[str]:
    """The words that distinguish titles: no common ones, no numbers."""
    words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    return frozenset(word for word in words if word not in _COMMON and not word.isdecimal())


def find(query: str, videos: Sequence[VideoTruth], limit: int) -> tuple[VideoTruth, ...]:
    """The videos that share a word with the query: most shared words first, then most views."""
    wanted = content_words(query)
    scored = [(len(wanted & content_words(video.title)), video) for video in videos]
    hits = sorted((hit for hit in scored if hit[0]), key=lambda hit: (-hit[0], -hit[1].views))
    return tuple(video for _, video in hits[:limit])
