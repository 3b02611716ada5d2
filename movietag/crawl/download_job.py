"""The child's side of downloading: it downloads one video into its folder, and sends the file's name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from movietag.crawl.guard import install_network_guard
from movietag.crawl.options import CrawlOptions
from movietag.crawl.source_table import SiteSource, source_of
from movietag.errors import PermanentError
from movietag.records import Record, Video, decode

BEFORE_FORKING: Final = ("movietag.crawl.download", "movietag.crawl.ytdlp:load_extractors")


class DownloadOrder(Record, frozen=True):
    """Which video, the options of its site, and the limits of the download (seconds, bytes)."""

    video: Video
    options: CrawlOptions
    seconds: float
    max_bytes: int


def download_job(job: bytes) -> Iterator[bytes]:
    """Download a video into the current folder, and yield the file's name. Runs in a child.

    The URL is checked again: the job came through a topic.

    Raises:
        PermanentError: as in movietag.crawl.guard and movietag.crawl.download.
        SiteError: the site or the network fails now.
    """
    order = decode(DownloadOrder, job)
    options = order.options
    install_network_guard(options.private_hosts, options.proxy)
    _check(order.video, options)
    from movietag.crawl.download import download_video  # noqa: PLC0415

    file = download_video(
        order.video, Path.cwd(), options, seconds=order.seconds, max_bytes=order.max_bytes
    )
    yield file.name.encode()


def _check(video: Video, options: CrawlOptions) -> None:
    source = source_of(video)
    if not isinstance(source, SiteSource):
        raise PermanentError("bad-record", f"No videos are downloaded from {source.kind!s}.")
    source.check(video.url, options.sites, options.private_hosts)
