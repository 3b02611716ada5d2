"""What a site says of its videos, taken into our own words."""

from __future__ import annotations

import math
from typing import Any

import pytest

from movietag.crawl.search import LONGEST_NAME, found_in
from movietag.crawl.search_job import SearchHit
from movietag.records import decode, encode

ENTRY = {"url": "https://a.b/c", "id": "c", "ie_key": "Site", "title": "Heat", "duration": 60}


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ({"title": "x" * 50_000}, {"title": "x" * LONGEST_NAME}),
        ({"title": "a\ud83d"}, {"title": "a?"}),
        ({"channel": ["no", "text"]}, {"channel": ""}),
        ({"channel": "y" * 50_000}, {"channel": "y" * LONGEST_NAME}),
        ({"duration": math.nan}, {"seconds": None}),
        ({"duration": math.inf}, {"seconds": None}),
        ({"duration": -5}, {"seconds": None}),
        ({"view_count": 10**30}, {"view_count": None}),
    ],
)
def test_what_no_record_can_hold_is_cut_or_left_out(
    said: dict[str, Any], taken: dict[str, Any]
) -> None:
    found = found_in(ENTRY | said, 0)
    assert found is not None
    assert {name: getattr(found, name) for name in taken} == taken
    assert decode(SearchHit, encode(found)) == found
