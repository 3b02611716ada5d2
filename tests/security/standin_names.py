"""A site whose videos have names that mean to leave the folder of a download."""

from __future__ import annotations

from typing import Any

from yt_dlp.extractor.common import InfoExtractor

NAMES = {
    "up": {"ext": "../../../left"},
    "root": {"ext": "/tmp/left"},
    "null": {"ext": "mp4\0.py"},
    "line": {"ext": "mp4\nleft"},
    "code": {"ext": "py"},
    "library": {"ext": "so"},
    "title": {"ext": "mp4", "title": "../../../left"},
    "id": {"ext": "mp4", "id": "../../../left"},
    "filename": {"ext": "mp4", "_filename": "/tmp/left", "filepath": "/tmp/left"},
}


class NamesIE(InfoExtractor):  # type: ignore[misc]  # yt-dlp is untyped
    IE_NAME = "names"
    _VALID_URL = r"(?P<base>http://127\.0\.0\.1:\d+/)names/(?P<id>\w+)"
    _RETURN_TYPE = "video"

    def _real_extract(self, url: str) -> dict[str, Any]:
        base, name = self._match_valid_url(url).group("base", "id")
        usual = {"id": name, "title": name, "url": f"{base}good.mp4", "duration": 5, "height": 240}
        return {**usual, **NAMES[name]}
