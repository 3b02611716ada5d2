"""Links that open a video at a second. Pure.

Sites name the second in their own ways: most in the query, Vimeo in the fragment. PeerTube has many hosts and is known
by its paths. A file that the browser plays itself takes a media fragment (https://www.w3.org/TR/media-frags/).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import SplitResult, urlsplit, urlunsplit

_SECONDS: Final = frozenset({"t", "start", "time_continue"})  # what a former link may carry
_YOUTUBE_ID: Final = re.compile(r"/(?:shorts|live|v|e)/(?P<id>[^/]+)/?")
_PEERTUBE: Final = re.compile(
    r"/(?:w/[1-9A-HJ-NP-Za-km-z]{22}|(?:w|videos/(?:watch|embed))/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/?"
)
_COMMONS_PAGE: Final = re.compile(r"/wiki/File:(?P<name>[^/]+)")


def link(url: str, seconds: float) -> str:
    """The link that opens a video ``seconds`` after its start; a second that the address has is replaced.

    Anything but an http(s) address, e.g. a path, gets a media fragment: a plan may hold any text.
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removesuffix(".")
    except ValueError:
        return _appended(url, seconds)
    if parts.scheme not in {"http", "https"}:
        return _appended(url, seconds)
    site = next((one for one in _SITES if host == one or host.endswith(f".{one}")), "")
    if site:
        opened = _SITES[site](parts, seconds)
    elif _PEERTUBE.fullmatch(parts.path):
        opened = _in_query("start", "s")(parts, seconds)
    else:
        opened = _media_fragment(parts, seconds)
    return urlunsplit(opened)


def _youtube(parts: SplitResult, seconds: float) -> SplitResult:
    """Pages take ``t``, the embedded player ``start``; shorts open at a second on their watch page only."""
    fragment = "&".join(_without(parts.fragment))
    if parts.path.startswith("/embed/"):
        return parts._replace(query=_query(parts, f"start={int(seconds)}"), fragment=fragment)
    page = _YOUTUBE_ID.fullmatch(parts.path)
    if page:
        query = "&".join([f"v={page['id']}", *([parts.query] if parts.query else [])])
        parts = parts._replace(path="/watch", query=query)
    return parts._replace(query=_query(parts, f"t={int(seconds)}s"), fragment=fragment)


def _vimeo(parts: SplitResult, seconds: float) -> SplitResult:
    return parts._replace(
        query="&".join(_without(parts.query)), fragment=_fragment(parts, f"t={int(seconds)}s")
    )


def _in_query(name: str, unit: str = "") -> Callable[[SplitResult, float], SplitResult]:
    def opened(parts: SplitResult, seconds: float) -> SplitResult:
        rest = [one for one in _without(parts.query) if one.partition("=")[0] != name]
        return parts._replace(query="&".join([*rest, f"{name}={int(seconds)}{unit}"]))

    return opened


_start: Final = _in_query("start")


def _archive(parts: SplitResult, seconds: float) -> SplitResult:
    """Its pages take ``start``; what it serves besides are files."""
    page = parts.path.startswith(("/details/", "/embed/"))
    return _start(parts, seconds) if page else _media_fragment(parts, seconds)


def _wikimedia(parts: SplitResult, seconds: float) -> SplitResult:
    """A page about a file plays it from its start; the address of the file itself obeys the fragment."""
    page = _COMMONS_PAGE.fullmatch(parts.path)
    if page:
        parts = parts._replace(path=f"/wiki/Special:FilePath/{page['name']}")
    return _media_fragment(parts, seconds)


def _media_fragment(parts: SplitResult, seconds: float) -> SplitResult:
    return parts._replace(fragment=_fragment(parts, f"t={seconds:.1f}"))


_SITES: Final[dict[str, Callable[[SplitResult, float], SplitResult]]] = {
    "youtube.com": _youtube,
    "youtube-nocookie.com": _youtube,
    "youtu.be": _youtube,
    "vimeo.com": _vimeo,
    "dailymotion.com": _start,
    "dai.ly": _start,
    "rumble.com": _start,
    "twitch.tv": _in_query("t", "s"),
    "bilibili.com": _in_query("t"),
    "odysee.com": _in_query("t"),
    "rutube.ru": _in_query("t"),
    "streamable.com": _in_query("t"),
    "nicovideo.jp": _in_query("from"),
    "archive.org": _archive,
    "wikimedia.org": _wikimedia,
}


def _query(parts: SplitResult, second: str) -> str:
    return "&".join([*_without(parts.query), second])


def _fragment(parts: SplitResult, second: str) -> str:
    """The fragment with a second; of what was there, dimensions of a media fragment stay."""
    return "&".join([*(one for one in _without(parts.fragment) if "=" in one), second])


def _without(text: str) -> list[str]:
    """The parts of a query or fragment that name no second."""
    return [one for one in text.split("&") if one and one.partition("=")[0] not in _SECONDS]


def _appended(url: str, seconds: float) -> str:
    return f"{url}#t={seconds:.1f}"
