"""yt-dlp as movietag uses it: quiet, patient, without plugins, with its errors classified.

Import this in a child only: yt-dlp has no overall deadline, and can loop for ever.
"""

# ruff: noqa: E402  # what yt-dlp must not use is set before it is loaded
from __future__ import annotations

import importlib
import io
import os
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

os.environ["YTDLP_NO_PLUGINS"] = "1"  # plugins found on the path would run code at import
# It opens connections itself, past the network guard; yt-dlp works without it.
sys.modules["curl_cffi"] = None  # type: ignore[assignment]

from yt_dlp import YoutubeDL
from yt_dlp.networking.exceptions import HTTPError, RequestError, TransportError
from yt_dlp.postprocessor.ffmpeg import FFmpegPostProcessor
from yt_dlp.utils import GeoRestrictedError, UnsupportedError, UserNotLive

from movietag.crawl.errors import SiteError, ThrottledError
from movietag.crawl.options import CrawlOptions
from movietag.crawl.programs import runtimes
from movietag.errors import MovietagError, PermanentError, UsageError
from movietag.redaction import redacted

NOWHERE: Final = "/nonexistent"
SOCKET_SECONDS: Final = 15.0
RETRIES: Final = 3

_OUTDATED: Final = "If this persists, update yt-dlp (`uv pip install --upgrade yt-dlp`)."

# What a message means; the first pattern that matches counts: (pattern, kind). "throttled" stops the site.
_MEANINGS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), kind)
    for pattern, kind in (
        (r"not a bot|rate.?limit|too many requests|HTTP Error 429", "throttled"),
        (
            r"private video|video is private|members.only|join this channel|login required",
            "private",
        ),
        (r"confirm your age|age.restricted|inappropriate for some users", "age-restricted"),
        (
            r"not (made this video )?available in your (country|location)|geo.?restrict",
            "geo-blocked",
        ),
        (r"premieres in|live event|is live|is offline|will begin", "live"),
        (r"\bDRM\b", "protected"),
        (r"file too large", "too-large"),
        (
            r"unsupported url|not a valid url|no video formats|no media|did not get any data",
            "not-a-video",
        ),
        (r"requested format is not available|only images are available", "no-format"),
        (
            r"video (is )?(unavailable|not available|removed)|has been (removed|terminated)|deleted"
            r"|does not exist|no longer available|HTTP Error (40[0134]|410)",
            "video-unavailable",
        ),
        (
            r"timed? ?out|name resolution|connection|giving up after|more expected|reset by peer"
            r"|unreachable|did not get",
            "network",
        ),
    )
)
# yt-dlp found no external program, as intended: see ``open_ytdlp``.
_NEEDS_A_PROGRAM: Final = re.compile(r"ffmpeg (could not be|not) found|ffmpeg is not installed")
_STATUS: Final = {
    **dict.fromkeys((400, 401, 402, 403, 404, 405, 406, 410), "video-unavailable"),
    451: "geo-blocked",
    429: "throttled",
}
_CLASSES: Final = {
    GeoRestrictedError: "geo-blocked",
    UnsupportedError: "not-a-video",
    UserNotLive: "live",
}


class _Quiet:
    """yt-dlp's logger: warnings and errors go to stderr, of which the parent keeps the end."""

    def debug(self, _message: str) -> None:
        """Ignore progress."""

    info = debug

    def warning(self, message: str) -> None:
        """Print to stderr, which is shown if the child fails."""
        sys.stderr.write(f"{redacted(message)}\n")

    error = warning


def open_ytdlp(options: CrawlOptions, **more: Any) -> YoutubeDL:
    """A YoutubeDL with the configured extractors first and all of its own after them.

    Raises:
        UsageError: a configured extractor cannot be loaded.
    """
    params: dict[str, Any] = {
        "quiet": True,
        "noprogress": True,
        "logger": _Quiet(),
        "color": "no_color",
        "socket_timeout": SOCKET_SECONDS,
        "retries": RETRIES,
        "fragment_retries": RETRIES,
        "extractor_retries": 2,
        "file_access_retries": 2,
        "retry_sleep_functions": dict.fromkeys(("http", "fragment", "extractor"), _pause),
        "sleep_interval_requests": 0.75,
        "cachedir": options.cache or False,
        "noplaylist": True,
        "playlist_items": "1",
        "ignoreerrors": False,
        "js_runtimes": {one.name: {"path": str(one)} for one in runtimes()},
        # No external program fetches anything: it would bypass the network guard.
        "external_downloader": "native",
        "ffmpeg_location": NOWHERE,
        "extractor_args": options.extractor_args,
        "proxy": options.proxy if options.proxy is not None else "",  # "": never the environment's
        # yt-dlp writes cookies back: into this text, which is dropped with the child.
        "cookiefile": None if options.cookies is None else io.StringIO(options.cookies),
        **more,
    }
    FFmpegPostProcessor._ffmpeg_location.set(NOWHERE)  # parts of yt-dlp ignore the parameters
    ydl = YoutubeDL(params, auto_init=False)
    for name in options.extractors:
        ydl.add_info_extractor(_extractor(name))
    ydl.add_default_info_extractors()  # after ours: "generic" accepts any URL
    return ydl


def classify(error: Exception) -> MovietagError:
    """Decide whether the video, the site or the network is at fault for an exception of yt-dlp.

    Our own exceptions (a deadline, a private address) are returned unchanged. Otherwise the HTTP status counts
    first, then the class, then the words of the message.
    """
    chain = list(_chain(error))
    for inner in chain:
        if isinstance(inner, MovietagError):
            return inner
    said = _said(error)
    if _NEEDS_A_PROGRAM.search(said):
        return PermanentError(
            "no-format",
            "It is encrypted or live in a way that only ffmpeg could fetch; movietag starts no such program,"
            " since it would connect to any address.",
        )
    kind = _kind_by_class(chain) or _kind_by_words(said) or _kind_by_family(chain)
    match kind:
        case "throttled":
            return ThrottledError(kind, said)
        case "site-broken":
            return SiteError(kind, f"{said} {_OUTDATED}")
        case "network" | "site-busy":
            return SiteError(kind, said)
    return PermanentError(kind, said)


def _kind_by_class(chain: list[BaseException]) -> str:
    for inner in chain:
        if isinstance(inner, HTTPError):
            return _STATUS.get(inner.status, "site-busy")
        for cls, kind in _CLASSES.items():
            if isinstance(inner, cls):
                return kind
    return ""


def _kind_by_words(said: str) -> str:
    return next((kind for pattern, kind in _MEANINGS if pattern.search(said)), "")


def _kind_by_family(chain: list[BaseException]) -> str:
    if any(isinstance(inner, TransportError | OSError) for inner in chain):
        return "network"
    if any(isinstance(inner, RequestError) for inner in chain):
        return "not-a-video"  # no extractor supports such a URL
    return "site-broken"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and all that it wraps, however yt-dlp wraps it."""
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop(0)
        if not isinstance(one, BaseException) or one in seen:
            continue
        seen.append(one)
        yield one
        waiting += [one.__cause__, one.__context__, getattr(one, "cause", None)]
        waiting += list(getattr(one, "exc_info", None) or ())
        waiting += list(getattr(one, "unexpected_errors", ()))


def _said(error: BaseException) -> str:
    """The message in one line, without ANSI codes and yt-dlp's request to report bugs."""
    text = redacted(" ".join(str(error).split())).removeprefix("ERROR: ")  # it may name the proxy
    text = text.partition("; please report this issue")[0] or type(error).__name__
    return text if len(text) <= 400 else f"{text[:397]}..."


def _pause(n: int) -> float:
    """Seconds before retry ``n`` (yt-dlp's name of the parameter); its default is none."""
    return float(min(2**n, 30))


def _extractor(name: str) -> Any:
    module, _, cls = name.partition(":")
    try:
        return getattr(importlib.import_module(module), cls)()
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise UsageError(
            f"MOVIETAG_YTDLP_EXTRACTORS: {name} cannot be loaded ({error}); the form is"
            " module:ClassName."
        ) from None


def first_text(info: Mapping[str, Any], *names: str) -> str:
    """The first of these fields that is non-empty text; lone surrogates are replaced."""
    texts = (value for name in names if isinstance(value := info.get(name), str) and value)
    return next(texts, "").encode("utf-8", "replace").decode()


def seconds_of(info: Mapping[str, Any]) -> float | None:
    """The length that a site claims, if it is valid."""
    value = info.get("duration")
    return float(value) if isinstance(value, int | float) and 0 < value < 1e6 else None
