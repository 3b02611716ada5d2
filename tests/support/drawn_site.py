"""Settings of stages that search and fetch at a site of drawn videos, and leave no frame out."""

from __future__ import annotations

from typing import Any

from movietag.demo.stage_set import EXTRACTORS


def at_site(address: str, *, width: int, height: int) -> dict[str, Any]:
    """The settings; ``address``: ``host:port`` of the site, ``width`` and ``height``: of its videos."""
    return {
        "search": "demosearch",
        "search_interval": 0,
        "retry_seconds": 0,
        "private_hosts": (address,),
        "ytdlp_extractors": EXTRACTORS,
        "ytdlp_extractor_args": {"demosearch": {"base_url": [f"http://{address}"]}},
        "min_seconds": 1,
        "trim_start": 0,
        "trim_end": 0,
        "width": width,
        "height": height,
        "drop_dark": False,
        "drop_flat": False,
        "drop_cards": False,
        "duplicate_bits": -1,
    }
