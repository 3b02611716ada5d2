"""yt-dlp as movietag uses it: quiet, patient, without plugins, with its errors classified.

Import this in a child only: yt-dlp has no overall deadline, and can loop for ever.
"""

# ruff: noqa: E402  # what yt-dlp must not use is set before it is loaded
from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

os.environ["YTDLP_NO_PLUGINS"] = "1"  # plugins found on the path would run code at import
# It opens connections itself, past the network guard; yt-dlp works without it.
sys.modules["curl_cffi"] = None  # type: ignore[assignment]

from yt_dlp import YoutubeDL
from yt_dlp.networking.exceptions import HTTPError, RequestError, TransportError
from yt_dlp.postprocessor.ffmpeg import FFmpegPostProcessor
from yt_dlp.utils import ExtractorError, GeoRestrictedError, UnsupportedError, UserNotLive

from movietag.crawl.errors import UPDATE_HINT, BrokenSiteError, SiteError, ThrottledError
from movietag.crawl.meanings import KINDS, Fault, Meaning, meaning_of, pattern_of, with_warnings
from movietag.crawl.options import CrawlOptions
from movietag.crawl.programs import runtimes, update_command
from movietag.errors import MachineError, MovietagError, PermanentError, UsageError
from movietag.redaction import redacted

NOWHERE: Final = "/nonexistent"
SOCKET_SECONDS: Final = 15.0
RETRIES: Final = 3

_STATUS: Final = {
    **dict.fromkeys((400, 401, 402, 403, 404, 405, 406, 410), "video-unavailable"),
    429: "throttled",
}
_CLASSES: Final = {
    GeoRestrictedError: "geo-blocked",
    UnsupportedError: "not-a-video",
    UserNotLive: "live",
}


class Log:
    """yt-dlp's logger: warnings and errors go to stderr, of which the parent keeps the end.

    Attributes:
        warnings: what was warned of so far, without credentials.
    """

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def debug(self, _message: str) -> None:
        """Ignore progress."""

    info = debug

    def warning(self, message: str) -> None:
        """Note a warning, and print it to stderr."""
        if NOWHERE not in message:  # that it found no program there: so it should be
            self.warnings.append(redacted(message).removeprefix("WARNING: "))
        self.error(message)

    def error(self, message: str) -> None:
        """Print to stderr, which is shown if the child fails."""
        sys.stderr.write(f"{redacted(message)}\n")


def open_ytdlp(options: CrawlOptions, **more: Any) -> YoutubeDL:
    """A YoutubeDL with the configured extractors first and all of its own after them.

    Raises:
        UsageError: a configured extractor cannot be loaded.
    """
    params: dict[str, Any] = {
        "quiet": True,
        "noprogress": True,
        "logger": Log(),
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


def load_extractors() -> None:
    """Load the extractors, and compile the patterns of the addresses they know, once for all forks of this process.

    That takes 0.3 s of CPU, which else each child pays whose address only the last extractor knows.
    """
    with open_ytdlp(CrawlOptions()) as ydl:
        for extractor in ydl._ies.values():
            extractor.suitable("https://movietag.invalid/")


def classify(error: Exception, log: Log) -> MovietagError:
    """Decide what is at fault for an exception of yt-dlp: the video, the site, the network or this machine.

    Our own exceptions (a deadline, a private address) are returned unchanged. Otherwise the words of the message
    count first, then HTTP status and class; the warnings before it are kept with the reason.

    Args:
        error: what yt-dlp raised.
        log: its logger.
    """
    chain = list(chain_of(error))
    for inner in chain:
        if isinstance(inner, MovietagError):
            return inner
    said = _said(error)
    known = pattern_of(said) or KINDS.get(_kind_by_class(chain) or _kind_by_family(chain))
    said, meaning = with_warnings(
        said, known or meaning_of(said, expected=_expected(chain)), log.warnings
    )
    return error_of(meaning, said)


def error_of(meaning: Meaning, said: str) -> MovietagError:
    """The exception of a message with this meaning; its reason ends with the remedy."""
    if meaning.fault is Fault.SETTINGS and not meaning.waits:  # what yt-dlp advises is in vain here
        return PermanentError(meaning.kind, f"{meaning.remedy} (yt-dlp: {said})")
    said = said if said.endswith((".", "!", "?", "...")) else f"{said}."
    reason = f"{said} {meaning.remedy}".rstrip()
    match meaning.fault:
        case Fault.SITE_BROKEN:
            return BrokenSiteError(meaning.kind, f"{said}{UPDATE_HINT}{update_command()}")
        case Fault.SITE_TRANSIENT:
            of_class = ThrottledError if meaning.kind == "throttled" else SiteError
            return of_class(meaning.kind, reason)
        case Fault.SETTINGS:
            return MachineError(meaning.kind, reason)
    return PermanentError(meaning.kind, reason)


def _kind_by_class(chain: list[BaseException]) -> str:
    for inner in chain:
        if isinstance(inner, HTTPError):
            return _STATUS.get(inner.status, "site-busy")
        for cls, kind in _CLASSES.items():
            if isinstance(inner, cls):
                return kind
    return ""


def _kind_by_family(chain: list[BaseException]) -> str:
    if any(isinstance(inner, TransportError | OSError) for inner in chain):
        return "network"
    if any(isinstance(inner, RequestError) for inner in chain):
        return "not-a-video"  # no extractor supports such a URL
    return ""


def _expected(chain: list[BaseException]) -> bool:
    """Whether yt-dlp foresees such an error; an exception of another library in it is a bug of yt-dlp's."""
    return any(isinstance(inner, ExtractorError) and inner.expected for inner in chain)


def chain_of(error: BaseException) -> Iterator[BaseException]:
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
