"""Downloading one video: the parent's side. A child does it (movietag.crawl.download_job)."""

from __future__ import annotations

import asyncio
import re
from typing import Final

from movietag.crawl.download_job import DownloadOrder
from movietag.crawl.errors import TRANSIENT
from movietag.crawl.options import CrawlOptions
from movietag.crawl.programs import SiteAccess, site_access
from movietag.errors import PermanentError
from movietag.records import Video, encode
from movietag.sandbox.child import Limits
from movietag.sandbox.parent import run_child
from movietag.sandbox.workplace import Workplace, make_workplace
from movietag.settings import Settings

DOWNLOAD_PART: Final = 0.8  # of the deadline; the rest is for decoding
NAME: Final = re.compile(r"[0-9a-f]{32}\.\w{1,40}")  # as movietag.crawl.download names files
SLACK: Final = 8 << 20  # bytes: for blocks written before they are counted, cookies and caches


async def try_download(video: Video, settings: Settings) -> None:
    """Download a video and drop it: to see whether its site works.

    Raises:
        PermanentError, SiteError, MachineError: as ``download_into``.
    """
    site = site_access()
    with make_workplace(site.access) as here:
        await download_into(video, settings, here, site)


async def download_into(video: Video, settings: Settings, here: Workplace, site: SiteAccess) -> str:
    """Download a video; return the file's name in the folder of ``here``.

    Raises:
        PermanentError: the video cannot be had.
        SiteError: the site or the network fails now.
        MachineError: this machine is at fault.
    """
    order = DownloadOrder(
        video=video,
        options=await asyncio.to_thread(CrawlOptions.of, settings, site.cache),
        seconds=settings.fetch_seconds * DOWNLOAD_PART,
        max_bytes=settings.fetch_bytes,
    )
    names: list[str] = []

    async def keep(message: bytes) -> None:
        names.append(message.decode(errors="replace"))

    await run_child(
        "movietag.crawl.download_job:download_job",
        encode(order),
        limits_of(settings, settings.fetch_seconds),
        keep,
        transient=TRANSIENT,
        access=site.access,
        at=here,
    )
    if len(names) != 1 or not NAME.fullmatch(names[0]):
        raise PermanentError(
            "crashed", "The child that downloaded the video named no file of its own."
        )
    return names[0]


def limits_of(settings: Settings, seconds: float) -> Limits:
    """The limits of a child that downloads or decodes for at most ``seconds``."""
    return Limits(
        seconds=seconds,
        memory_bytes=settings.fetch_memory,
        file_bytes=settings.fetch_bytes + SLACK,
    )
