"""yt-dlp extractors for the demo's site: the search ``demosearch``, and one video."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from yt_dlp.extractor.common import InfoExtractor, SearchInfoExtractor
from yt_dlp.utils import ExtractorError


class MovietagDemoVideoIE(InfoExtractor):  # type: ignore[misc]  # yt-dlp has no types
    """A video of the site; its extractor key is ``MovietagDemoVideo``."""

    IE_NAME = "movietagdemo"
    _VALID_URL = r"(?P<base>http://127\.0\.0\.1:\d+)/video/(?P<id>m\d+v\d+)\.mp4"
    _RETURN_TYPE = "video"

    def _real_extract(self, url: str) -> dict[str, Any]:
        base, video_id = self._match_valid_url(url).group("base", "id")
        entry = self._download_json(f"{base}/info/{video_id}", video_id, note=False)
        return {
            "id": video_id,
            "title": entry["title"],
            "duration": entry["duration"],
            "channel": entry["channel"],
            "view_count": entry["view_count"],
            "url": url,
            "ext": "mp4",
            "width": entry["width"],
            "height": entry["height"],
            "vcodec": "avc1",
            "acodec": "none",
        }


class MovietagDemoSearchIE(SearchInfoExtractor):  # type: ignore[misc]  # yt-dlp has no types
    """The search; the site's address is the extractor argument ``demosearch:base_url``."""

    IE_NAME = "demosearch"
    _SEARCH_KEY = "demosearch"
    _MAX_RESULTS = 50

    def _search_results(self, query: str) -> Iterator[dict[str, Any]]:
        base = self._configuration_arg("base_url", [""], ie_key="demosearch", casesense=True)[0]
        if not base:
            raise ExtractorError(
                "The demo's search needs its site's address:"
                ' MOVIETAG_YTDLP_EXTRACTOR_ARGS=\'{"demosearch": {"base_url": ["http://…"]}}\'.',
                expected=True,
            )
        entries = self._download_json(
            urljoin(base, "/search"), query, note=False, query={"q": query, "n": self._MAX_RESULTS}
        )
        for entry in entries:
            yield self.url_result(
                urljoin(base, entry["url"]),
                ie=MovietagDemoVideoIE.ie_key(),
                video_id=entry["id"],
                video_title=entry["title"],
                duration=entry["duration"],
                channel=entry["channel"],
                view_count=entry["view_count"],
            )
