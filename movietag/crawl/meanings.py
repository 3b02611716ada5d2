"""What a message of yt-dlp means: whose fault it is, under which kind it is reported, and the way out.

Pure: yt-dlp is not loaded. ``movietag.crawl.ytdlp`` turns its exceptions into ours by this table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from movietag.crawl.phrases import NOT_UNDERSTOOD, PATTERNS


class Fault(StrEnum):
    """Whose fault a failed request is, and with that what is done about it."""

    VIDEO = "video"  # this one only: the next candidate is taken
    SITE_TRANSIENT = "site-transient"  # it is tried again later
    SITE_BROKEN = "site-broken"  # yt-dlp must be updated
    SETTINGS = "settings"  # this machine: it waits for a person


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a message means.

    Attributes:
        kind: a short stable word.
        fault: whose fault it is.
        remedy: what a person may do, in sentences; empty if nothing.
        waits: of this machine's faults, whether a person can put it right, and the video is tried again
            until then.
    """

    kind: str
    fault: Fault
    remedy: str = ""
    waits: bool = False


_VIDEO, _LATER = Fault.VIDEO, Fault.SITE_TRANSIENT
_BROKEN, _MACHINE = Fault.SITE_BROKEN, Fault.SETTINGS

KINDS: Final = {
    meaning.kind: meaning
    for meaning in (
        Meaning("private", _VIDEO),
        Meaning("age-restricted", _VIDEO),
        Meaning("geo-blocked", _VIDEO, "MOVIETAG_PROXY may name a proxy in another country."),
        Meaning("live", _VIDEO),
        Meaning("protected", _VIDEO),
        Meaning("payment", _VIDEO),
        Meaning("password", _VIDEO),
        Meaning("too-large", _VIDEO),
        Meaning("not-a-video", _VIDEO),
        Meaning("video-unavailable", _VIDEO),
        Meaning("refused", _VIDEO),  # the site says so in words that are in no pattern
        Meaning(
            "throttled",
            _LATER,
            "If it lasts: cookies of an account (MOVIETAG_COOKIES), another address (MOVIETAG_PROXY), or a"
            " longer MOVIETAG_FETCH_INTERVAL.",
        ),
        Meaning("network", _LATER),
        Meaning("site-busy", _LATER),
        Meaning("data-refused", _LATER),  # the page came, its data did not
        Meaning("no-format", _BROKEN),
        Meaning("site-broken", _BROKEN),
        Meaning(
            "disk-full",
            _MACHINE,
            "Free space, or set MOVIETAG_HOME and TMPDIR to a larger disk.",
            waits=True,
        ),
        Meaning(
            "disk-fails",
            _MACHINE,
            "Check the disk or the network folder (`dmesg`), or set MOVIETAG_HOME and TMPDIR to another.",
            waits=True,
        ),
        Meaning(
            "no-access",
            _MACHINE,
            "Let movietag's account write to its folders and open more files.",
            waits=True,
        ),
        Meaning(
            "certificate",
            _MACHINE,
            "Check this machine's clock and certificates; behind a proxy that opens TLS, SSL_CERT_FILE names"
            " its certificate.",
            waits=True,
        ),
        Meaning("proxy", _MACHINE, "Check MOVIETAG_PROXY.", waits=True),
        Meaning(
            "cookies", _MACHINE, "Export fresh cookies to the file of MOVIETAG_COOKIES.", waits=True
        ),
        Meaning(
            "network-restricted",
            _MACHINE,
            "This network or account filters the site: use another network, or MOVIETAG_PROXY.",
            waits=True,
        ),
        Meaning(
            "no-javascript",
            _MACHINE,
            "Install Deno next to movietag (`uv pip install --upgrade 'yt-dlp[default,deno]'`); `movietag"
            " doctor` checks it.",
            waits=True,
        ),
        Meaning(
            "missing-package",
            _MACHINE,
            "Install what is missing (`uv pip install 'yt-dlp[default,deno]'`).",
            waits=True,
        ),
        Meaning(
            "needs-program",
            _MACHINE,
            "Only another program or library could fetch it (encrypted, live, or protected); movietag starts no such"
            " program, since it would connect to any address.",
        ),
        Meaning("memory", _MACHINE, "MOVIETAG_FETCH_MEMORY sets the limit."),
    )
}

_OF_WHICH: Final = re.compile(
    r"^(ERROR: )?\[[^\]]+\] ([^\s:]+: )?"
)  # extractor and id, which are no words
_ADVICE: Final = re.compile(r"\buse --cookies.*$", re.IGNORECASE | re.DOTALL)
_ADDRESS: Final = re.compile(r"https?://\S+")


def meaning_of(said: str, *, expected: bool = True) -> Meaning:
    """What a message of yt-dlp means.

    Args:
        said: the message, of any length.
        expected: whether yt-dlp expects such an error; if not, it does not understand the site, unless a
            pattern knows the words.
    """
    found = pattern_of(said)
    if found:
        return found
    return KINDS["site-broken" if not expected or NOT_UNDERSTOOD.search(said) else "refused"]


def pattern_of(said: str) -> Meaning | None:
    """What the first pattern that knows the words says; None where no pattern does."""
    text = _ADVICE.sub("", _ADDRESS.sub("URL", _OF_WHICH.sub("", said)))
    return next((KINDS[kind] for pattern, kind in PATTERNS if pattern.search(text)), None)


def with_warnings(said: str, meaning: Meaning, warnings: Sequence[str]) -> tuple[str, Meaning]:
    """The message with the warnings that came before it, and what both mean.

    Where yt-dlp no longer understands a site, a warning may know that this machine lacks what it needs.
    """
    heard = tuple(_telling(warnings, said))
    if not heard:
        return said, meaning
    if meaning.fault is Fault.SITE_BROKEN:
        known = (meaning_of(one) for one in heard)
        meaning = next((one for one in known if one.kind == "no-javascript"), meaning)
    return f"{said} (yt-dlp warned before: {' / '.join(heard)})", meaning


def _telling(
    warnings: Sequence[str], said: str, most: int = 3, longest: int = 240
) -> Iterator[str]:
    """The last few different warnings that add to what was said, in their order, each in one line."""
    short = (" ".join(one.split()) for one in warnings)
    different = dict.fromkeys(one for one in short if one and one not in said)
    for one in list(different)[-most:]:
        yield one if len(one) <= longest else f"{one[: longest - 3]}..."
