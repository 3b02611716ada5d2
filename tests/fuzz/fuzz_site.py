"""A search for yt-dlp that finds nothing: a title that needs a search ends as a failed movie."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from yt_dlp.extractor.common import SearchInfoExtractor


class FuzzSearchIE(SearchInfoExtractor):  # type: ignore[misc]  # yt-dlp is untyped
    IE_NAME = "fuzz:search"
    _SEARCH_KEY = "fuzzsearch"
    _MAX_RESULTS = 50

    def _search_results(self, query: str) -> Iterator[dict[str, Any]]:
        assert query
        return iter(())
