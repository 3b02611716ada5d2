"""Which format is chosen of tables as sites give them."""

from __future__ import annotations

from typing import Any

import pytest

from movietag.crawl.formats import choose_format
from movietag.errors import PermanentError

MAX = 100 << 20


def form(
    name: str, height: int | None = None, width: int | None = None, **more: Any
) -> dict[str, Any]:
    return {
        "format_id": name,
        "height": height,
        "width": width if width or not height else height * 16 // 9,
        "vcodec": "avc1.4d401e",
        "protocol": "https",
        **more,
    }


def hls(name: str, height: int, **more: Any) -> dict[str, Any]:
    return form(name, height, protocol="m3u8_native", **more)


SOUND = form("sound", None, vcodec="none", acodec="mp4a")
STORYBOARD = form("sb0", 90, vcodec="none", acodec="none", ext="mhtml", protocol="mhtml")


@pytest.mark.parametrize(
    ("formats", "best"),
    [
        # what YouTube gives
        (
            [
                STORYBOARD,
                SOUND,
                form("160", 144, tbr=60),
                form("133", 240, tbr=150),
                hls("93", 360, acodec="mp4a", tbr=600),
                form("18", 360, acodec="mp4a", tbr=400),
                form("243", 360, vcodec="vp9", tbr=200),
                form("134", 360, tbr=300),
                form("135", 480, tbr=500),
                form("137", 1080, tbr=3000),
            ],
            "134",
        ),
        # HLS with video and sound apart
        ([SOUND, hls("a", 144), hls("b", 240), hls("c", 360)], "c"),
        ([SOUND, hls("a", 144), hls("b", 240)], "b"),
        ([SOUND, hls("a", 240), hls("b", 480), hls("c", 1080)], "a"),
        ([SOUND, hls("a", 180), hls("b", 480), hls("c", 1080)], "b"),
        # a wide film: enough by its width
        ([form("a", 272, 640), form("b", 362, 854)], "a"),
        ([form("a", 136, 320), form("b", 272, 640)], "b"),
        # upright
        ([form("a", 640, 360), form("b", 1280, 720)], "a"),
        # sizes unknown, sizes that are nearly enough
        ([form("a")], "a"),
        ([form("a"), form("b", 240)], "b"),
        ([form("a"), form("b", 480)], "b"),
        ([form("a", 358, 636), form("b", 480)], "a"),
        # only large ones, too large ones
        ([form("a", 1080)], "a"),
        ([form("a", 240), form("b", 2160)], "a"),
        ([form("a", 144), form("b", 2160)], "b"),
        ([form("a", 240), form("b", 480, filesize=MAX + 1)], "a"),
        ([form("b", 480, filesize=MAX + 1)], "b"),
        # of equals
        ([form("a", 360, dynamic_range="HDR10"), form("b", 360, vcodec="vp9")], "b"),
        ([form("a", 360, vcodec="av01.0"), form("b", 360)], "b"),
        ([form("a", 360, protocol="http_dash_segments"), form("b", 360)], "b"),
        ([form("a", 360, preference=-10), form("b", 480)], "b"),
        ([form("a", 360, filesize=9), form("b", 360, filesize=7)], "b"),
        # what yt-dlp fetches itself comes alone
        ([form("a", 360, protocol="rtmp"), hls("b", 1080)], "b"),
        # no video
        ([SOUND, STORYBOARD], None),
        ([], None),
    ],
)
def test_the_smallest_that_is_enough_is_chosen(
    formats: list[dict[str, Any]], best: str | None
) -> None:
    for order in (formats, formats[::-1]):
        chosen = choose_format(order, MAX)
        assert (chosen["format_id"] if chosen else None) == best


def test_video_over_other_protocols_alone_is_refused() -> None:
    with pytest.raises(PermanentError, match="over m3u8, rtmp only") as caught:
        choose_format([form("a", 360, protocol="rtmp"), form("b", 360, protocol="m3u8")], MAX)
    assert caught.value.kind == "needs-program"


@pytest.mark.parametrize(
    "more", [{"vcodec": "none", "acodec": "opus"}, {"vcodec": None, "ext": "mp3"}]
)
def test_sound_alone_is_no_fault_of_its_site(more: dict[str, Any]) -> None:
    with pytest.raises(PermanentError, match="sound only") as caught:
        choose_format([form("a", **more)], MAX)
    assert caught.value.kind == "not-a-video"
