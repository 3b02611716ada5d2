"""Sites' own players for pages of others: which address shows a video at a second. Pure.

Only sites that offer such a player for everybody's pages, each in its form with the fewest cookies. Pages load nothing
from these hosts until their user asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, parse_qs, quote, urlsplit


@dataclass(frozen=True, slots=True)
class Embed:
    """A site's player: the site's name, the address for a frame in a page, and its origin.

    ``{at}`` in the address stands for the whole second at which the player starts.
    """

    site: str
    address: str
    origin: str


@dataclass(frozen=True, slots=True)
class _Site:
    """How a site's videos are named, and where its player is: ``{id}`` is filled in, ``{at}`` stays."""

    name: str
    hosts: tuple[str, ...]
    video_id: Callable[[SplitResult], str | None]
    player: str


_YOUTUBE: Final = re.compile(r"[\w-]{11}", re.ASCII)
_YOUTUBE_PATH: Final = re.compile(r"/(?:shorts|live|embed|v|e)/(?P<id>[\w-]{11})/?", re.ASCII)
_VIMEO: Final = re.compile(r"/(?:video/)?(?P<id>\d{1,15})/?", re.ASCII)
_DAILYMOTION: Final = re.compile(r"(?:/video)?/(?P<id>[A-Za-z0-9]{5,20})/?", re.ASCII)
_ARCHIVE: Final = re.compile(r"/(?:details|embed)/(?P<id>[\w.-]{1,100})/?", re.ASCII)


def _youtube(parts: SplitResult) -> str | None:
    if parts.hostname == "youtu.be":
        name = parts.path.strip("/")
    elif parts.path == "/watch":
        name = parse_qs(parts.query).get("v", [""])[0]
    else:
        return _in_path(_YOUTUBE_PATH)(parts)
    return name if _YOUTUBE.fullmatch(name) else None


def _in_path(pattern: re.Pattern[str]) -> Callable[[SplitResult], str | None]:
    def video_id(parts: SplitResult) -> str | None:
        found = pattern.fullmatch(parts.path)
        return found["id"] if found else None

    return video_id


_SITES: Final = (
    _Site(
        "YouTube",
        ("youtube.com", "youtu.be", "youtube-nocookie.com"),
        _youtube,
        "https://www.youtube-nocookie.com/embed/{id}?start={at}&autoplay=1&rel=0",
    ),
    _Site(
        "Vimeo",
        ("vimeo.com",),
        _in_path(_VIMEO),
        "https://player.vimeo.com/video/{id}?dnt=1&autoplay=1#t={at}s",
    ),
    _Site(
        "Dailymotion",
        ("dailymotion.com", "dai.ly"),
        _in_path(_DAILYMOTION),
        "https://geo.dailymotion.com/player.html?video={id}&startTime={at}",
    ),
    _Site(
        "the Internet Archive",
        ("archive.org",),
        _in_path(_ARCHIVE),
        "https://archive.org/embed/{id}?start={at}&autoplay=1",
    ),
)


def embed(url: str) -> Embed | None:
    """The player of the site that has the video at ``url``; None if it offers none."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or port is not None or parts.username is not None:
        return None
    for site in _SITES:
        if any(host == one or host.endswith(f".{one}") for one in site.hosts):
            name = site.video_id(parts)
            if name is None:
                return None
            address = site.player.replace("{id}", quote(name, safe=""))
            return Embed(site.name, address, _origin(address))
    return None


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
