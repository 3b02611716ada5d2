"""Which of the formats that a site offers is downloaded: the smallest that is enough for a frame, without sound.

Pure. A format is a dict of yt-dlp's (``INFO_DICT`` in its README); what is missing in it is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from movietag.errors import PermanentError

Format = Mapping[str, Any]

WIDTH, HEIGHT = 640, 360  # of a frame; a format is enough when it fills one of them
NEARLY: Final = 0.97  # 352 lines are enough, too
MOST_LINES: Final = 1080  # more of them are a large file, taken only where little else is offered
FEW_LINES: Final = 240

# What yt-dlp fetches itself, below the network guard. It hands any other protocol to a program (ffmpeg, rtmpdump),
# which connects to whatever address a page names.
_OWN: Final = re.compile(r"https?|m3u8_native|http_dash_segments(_generator)?")
_SOUND: Final = frozenset(("mp3", "m4a", "aac", "ogg", "opus", "wav", "flac", "weba", "mka"))


def choose_format(formats: Sequence[Format], max_bytes: int) -> Format | None:
    """The format to download; None where none has video.

    It need not have sound, and may be a file or come in segments (HLS, DASH), with video and sound apart or not.
    First comes what is enough and has no more than 360 lines, the smallest of it; then the largest of what is less,
    down to 240 lines; then the smallest of what has up to 1080 lines; then what does not tell its size. Of equals a
    file comes before segments, H.264 before what may be HDR, and fewer bytes before more.

    Raises:
        PermanentError: ``needs-program``: it has video, but over protocols only that yt-dlp does not fetch itself.
        ``not-a-video``: it is sound only.
    """
    videos = [one for one in formats if _has_video(one)]
    own = [one for one in videos if _OWN.fullmatch(str(one.get("protocol")))]
    if videos and not own:
        names = ", ".join(sorted({str(one.get("protocol")) for one in videos}))
        raise PermanentError(
            "needs-program",
            f"It is offered over {names} only, which a program would have to fetch; movietag starts no such program,"
            " since it would connect to any address.",
        )
    if formats and all(_is_sound(one) for one in formats):
        raise PermanentError("not-a-video", "It has sound only.")
    return min(own, key=lambda one: _rank(one, max_bytes), default=None)


def format_selector(max_bytes: int) -> Any:
    """``choose_format`` as yt-dlp's option ``format``."""

    def select(context: Mapping[str, Any]) -> Iterator[Format]:
        chosen = choose_format(context["formats"], max_bytes)
        if chosen is not None:
            yield chosen

    return select


def _has_video(one: Format) -> bool:
    codec = one.get("vcodec")
    return (
        codec != "none"
        and one.get("ext") != "mhtml"
        and not (codec is None and one.get("ext") in _SOUND)
    )


def _is_sound(one: Format) -> bool:
    return not _has_video(one) and (
        one.get("acodec") not in (None, "none") or one.get("ext") in _SOUND
    )


def _rank(one: Format, max_bytes: int) -> tuple[float, ...]:
    """Sorts formats, the best first."""
    size = _number(one, "filesize") or _number(one, "filesize_approx")
    tier, distance = _fitting(_number(one, "width"), _number(one, "height"))
    return (
        size > max_bytes,
        _number(one, "preference") < 0 or one.get("has_drm") == "maybe",  # damaged, or not playable
        tier,
        distance,
        one.get("dynamic_range") not in (None, "SDR"),
        not str(one.get("protocol")).startswith("http") or "dash" in str(one.get("protocol")),
        not str(one.get("vcodec") or "").startswith(("avc1", "h264")),
        size or _number(one, "tbr") or float("inf"),
    )


def _fitting(width: float, height: float) -> tuple[int, float]:
    """How well a size fits: a tier, and within it the distance; 0 is unknown."""
    if not height and not width:
        return 3, 0.0
    area = (width or height * 16 / 9) * (height or width * 9 / 16)
    lines = (
        min(width or height, height or width) if width and height else (height or width * 9 / 16)
    )
    if width >= NEARLY * WIDTH or height >= NEARLY * HEIGHT:
        return (0 if lines <= HEIGHT else 2 if lines <= MOST_LINES else 4), area
    return (1 if lines >= FEW_LINES else 5), -area


def _number(one: Format, name: str) -> float:
    value = one.get(name)
    return float(value) if isinstance(value, int | float) else 0.0
