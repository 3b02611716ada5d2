"""A site for yt-dlp, in place of a real one: a search, and videos by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from yt_dlp.extractor.common import InfoExtractor, SearchInfoExtractor
from yt_dlp.utils import ExtractorError, GeoRestrictedError

SAID = {
    "private": "Private video. Sign in if you've been granted access to this video",
    "bot": "Sign in to confirm you’re not a bot.",  # noqa: RUF001  # as it is written
    "age": "Sign in to confirm your age. This video may be inappropriate for some users.",
    "gone": "Video unavailable. This video has been removed by the uploader",
    "premiere": "Premieres in 3 hours",
    "members": "Join this channel to get access to members-only content",
    "drm": "This video is DRM protected",
    "formats": "Requested format is not available",
    "payment": "This video requires payment to watch",
    "password": "This video is protected by a password, use the --video-password option",
    "region": "This content is not available in your region",
    "embedding": "Playback on other websites has been disabled by the video owner",
    "full": "unable to write data: [Errno 28] No space left on device",
    "certificate": "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed",
    "warned": "Requested format is not available",
    "no-runtime": "Requested format is not available",
}
WARNED = {
    "warned": "n challenge solving failed: Some formats may be missing.",
    "no-runtime": "No supported JavaScript runtime could be found.",
}


class StandInSearchIE(SearchInfoExtractor):  # type: ignore[misc]  # yt-dlp is untyped
    IE_NAME = "standin:search"
    _SEARCH_KEY = "standinsearch"
    _MAX_RESULTS = 50

    def _search_results(self, query: str) -> Iterator[dict[str, Any]]:
        base = self._configuration_arg("base", [""], ie_key="standin", casesense=True)[0]
        if "nobody" in query:
            return
        if "refused" in query:
            self._download_webpage("http://127.0.0.1:9/", query)
        for number in range(30):
            yield self.url_result(
                f"{base}watch/good{number}",
                ie="StandIn",
                video_id=f"good{number}",
                video_title=f"Moonlit Harbor (1998) scene {number}" if number % 2 else "Other film",
                duration=100 + number,
                channel="Channel",
                channel_is_verified=number == 3,
                live_status="is_live" if number == 5 else None,
                view_count=number,
            )


class StandInIE(InfoExtractor):  # type: ignore[misc]
    IE_NAME = "standin"
    _VALID_URL = r"(?P<base>http://127\.0\.0\.1:\d+/)watch/(?P<id>[\w.-]+)"
    _RETURN_TYPE = "video"

    def _real_extract(self, url: str) -> dict[str, Any]:
        base, name = self._match_valid_url(url).group("base", "id")
        if name in WARNED:
            self.report_warning(WARNED[name])
        if name in SAID:
            raise ExtractorError(SAID[name], expected=True)
        if name == "geo":
            raise GeoRestrictedError("Not for you", countries=["KR"])
        if name == "changed":
            raise KeyError("videoDetails")
        if name == "broken":
            raise ExtractorError("Unable to extract player response")
        if name.startswith("by-"):  # a format of this protocol, at an address that is not allowed
            protocol = name.removeprefix("by-")
            return {
                "id": name,
                "title": name,
                "duration": 10,
                "formats": [
                    {"format_id": "0", "url": f"{protocol}://127.0.0.1:9/x", "protocol": protocol}
                ],
            }
        if name in ("hls", "dash"):
            one = {
                "hls": {"url": f"{base}segments.m3u8", "protocol": "m3u8_native"},
                "dash": {
                    "url": f"{base}list.mpd",
                    "protocol": "http_dash_segments",
                    "fragments": [{"url": f"{base}good.mp4"}],
                },
            }[name]
            form = {"format_id": "0", "ext": "mp4", "height": 240, **one}
            return {"id": name, "title": name, "duration": 10, "formats": [form]}
        return {
            "id": name,
            "title": f"Moonlit Harbor {name}",
            "url": f"{base}{name if '.' in name else 'good.mp4'}",
            "ext": "mp4",
            "duration": None if name == "no-length" else 10,
            "is_live": name == "live",
            "height": 240,
        }
