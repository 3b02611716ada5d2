"""Run in a child with the network guard: what it reaches of what it is told to visit."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator


def visit(job: bytes) -> Iterator[bytes]:
    """Ask for each URL by yt-dlp; yield those that answered, as JSON.

    The job has ``guarded`` (else nothing is in the way: the control) and ``urls``.
    """
    from movietag.crawl.guard import install_network_guard
    from movietag.crawl.options import CrawlOptions
    from movietag.crawl.ytdlp import open_ytdlp

    order = json.loads(job)
    if order["guarded"]:
        install_network_guard([])
    reached = []
    with open_ytdlp(CrawlOptions(), socket_timeout=5) as ydl:
        for url in order["urls"]:
            try:
                ydl.urlopen(url).read(10)
            except Exception:  # noqa: BLE001  # refused, in whatever way
                continue
            reached.append(url)
    yield json.dumps(reached).encode()


def download_all(job: bytes) -> Iterator[bytes]:
    """Download each URL as a video is, one after the other; whether it works does not matter.

    The job has ``hosts`` (allowed ones) and ``urls``.
    """
    from contextlib import suppress
    from pathlib import Path

    from movietag.crawl.download import download_video
    from movietag.crawl.guard import install_network_guard
    from movietag.crawl.options import CrawlOptions
    from movietag.records import Video, VideoId

    time.sleep = lambda _seconds: None  # between requests, and before another try
    order = json.loads(job)
    install_network_guard(order["hosts"])
    for url in order["urls"]:
        video = Video(VideoId("v:0"), "url", url)
        with suppress(Exception):
            download_video(video, Path.cwd(), CrawlOptions(), seconds=20, max_bytes=1 << 20)
        yield url.encode()
