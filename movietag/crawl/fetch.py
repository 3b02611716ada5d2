"""Fetching one video: the parent's side. Two children do the work.

The first one downloads (movietag.crawl.download_job) and may use the network; the second one decodes
(movietag.crawl.fetch_job) and may not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Final

from msgspec import structs

from movietag.crawl.downloading import download_into, limits_of
from movietag.crawl.fetch_job import FRAME, HEADER, RESULT, DecodeOrder, FetchResult
from movietag.crawl.programs import site_access
from movietag.crawl.source_table import DiskSource, source_of
from movietag.errors import PermanentError
from movietag.records import SlotTime, Video, VideoJob, decode, encode
from movietag.records.bounds import MOST_SECONDS
from movietag.sandbox.access import NOTHING, Access
from movietag.sandbox.parent import run_child
from movietag.sandbox.workplace import Workplace, make_workplace
from movietag.settings import Settings

OnFrame = Callable[[int, float, bytes], Awaitable[None]]

_WAY_OUT: Final = {
    "too-slow": "The deadline of a video is set by MOVIETAG_FETCH_SECONDS.",
    "too-large": "The limits are set by MOVIETAG_FETCH_BYTES and MOVIETAG_FETCH_MEMORY.",
}


async def fetch_video(job: VideoJob, settings: Settings, on_frame: OnFrame) -> FetchResult:
    """Download or open a video, sample it, and pass on its frames in the order of their slots.

    One child, which may use the network, downloads; a second one, which may not, decodes. The download is
    deleted at the end, whatever happens.

    Args:
        job: which video, and how to sample it.
        settings: what may be read, and the limits.
        on_frame: receives slot, time in seconds and JPEG; while it is awaited, the child is paused.

    Raises:
        PermanentError: the video is unavailable or yields no frame; its kind is a short stable word.
        ThrottledError: the site throttles us.
        SiteError: the site or the network fails now; BrokenSiteError: yt-dlp does not understand the site.
        MachineError: this machine is at fault, e.g. its disk is full.
        UsageError: a setting names a file that cannot be read.
        Whatever ``on_frame`` raises.
    """
    receiver = _Receiver(job.sampling.highest, on_frame)
    size = 0
    try:
        source = source_of(job.video)
        if isinstance(source, DiskSource):
            path = await asyncio.to_thread(
                _given, job.video, source, settings.roots, job.sampling.subfolders
            )
            with make_workplace(given := Access(reads=(path,))) as here:
                await _decode(job, str(path), settings, receiver, here, given)
        else:
            site = site_access()
            with make_workplace(site.access) as here:
                began = asyncio.get_running_loop().time()
                name = await download_into(job.video, settings, here, site)
                size = await asyncio.to_thread(_size_of, here.folder / name)
                spent = asyncio.get_running_loop().time() - began
                left = max(settings.fetch_seconds - spent, 1.0)
                await _decode(job, name, settings, receiver, here, seconds=left)
    except PermanentError as error:
        way_out = _WAY_OUT.get(error.kind, "")
        if not way_out or "MOVIETAG_" in error.reason:
            raise
        raise PermanentError(error.kind, f"{error.reason} {way_out}") from None
    return structs.replace(receiver.finished(), downloaded=size)


def _size_of(path: Path) -> int:
    """Bytes of a file that a child has named; 0 if there is none."""
    try:
        return path.lstat().st_size
    except OSError:
        return 0


def _given(video: Video, source: DiskSource, roots: Iterable[Path], subfolders: bool) -> Path:
    """The file or folder that a title names, checked again: the job came through a topic.

    Blocks. The child sees exactly this path, even if it is replaced meanwhile.
    """
    now = source.at(video.url, roots, subfolders)
    if video.video_id != now.video_id:
        raise PermanentError(
            "changed",
            f"{video.url} changed since its title was sent; send the title again with refresh.",
        )
    return Path(now.url)


async def _decode(
    job: VideoJob,
    path: str,
    settings: Settings,
    receiver: _Receiver,
    here: Workplace,
    access: Access = NOTHING,
    *,
    seconds: float | None = None,
) -> None:
    source = source_of(job.video)
    pictures = isinstance(source, DiskSource) and source.pictures
    order = DecodeOrder(path, pictures, job.sampling)
    await run_child(
        "movietag.crawl.fetch_job:decode_job",
        encode(order),
        limits_of(settings, settings.fetch_seconds if seconds is None else seconds),
        receiver.take,
        access=access,
        at=here,
    )


class _Receiver:
    """Receives a child's messages and trusts none: the child has processed untrusted input."""

    def __init__(self, slots: int, on_frame: OnFrame) -> None:
        self._slots = slots
        self._on_frame = on_frame
        self._seen: list[SlotTime] = []
        self._result: FetchResult | None = None

    async def take(self, message: bytes) -> None:
        """Pass on a frame, or store the result."""
        kind, body = message[:1], message[1:]
        if kind == RESULT:
            self._result = decode(FetchResult, body)
            return
        if kind != FRAME or len(body) <= HEADER.size or self._result is not None:
            raise _broken()
        slot, time = HEADER.unpack_from(body)
        if (
            slot >= self._slots
            or (self._seen and slot <= self._seen[-1].slot)
            or not 0 <= time <= MOST_SECONDS
        ):
            raise _broken()
        self._seen.append(SlotTime(slot, time))
        await self._on_frame(slot, time, body[HEADER.size :])

    def finished(self) -> FetchResult:
        """The result; it must name exactly the frames that arrived."""
        if self._result is None or self._result.slots != tuple(self._seen):
            raise _broken()
        return self._result


def _broken() -> PermanentError:
    return PermanentError("crashed", "The child that decoded the video sent an invalid message.")
