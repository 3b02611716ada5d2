"""Fetching one video: the parent's side. The work is done in a child, see movietag.crawl.fetch_job."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from movietag.bounds import MOST_SECONDS
from movietag.confined import Limits
from movietag.crawl.errors import SiteError, ThrottledError
from movietag.crawl.fetch_job import FRAME, HEADER, RESULT, FetchOrder, FetchResult
from movietag.crawl.options import CrawlOptions
from movietag.errors import PermanentError
from movietag.records import SlotTime, VideoJob, decode, encode
from movietag.sandbox import run_child
from movietag.settings import Settings

DOWNLOAD_PART: Final = 0.8  # of the deadline; the rest is for decoding
SLACK: Final = 8 << 20  # bytes: blocks are written before they are counted; cookies, caches

OnFrame = Callable[[int, float, bytes], Awaitable[None]]

_WAY_OUT: Final = {
    "too-slow": "The deadline of a video is set by MOVIETAG_FETCH_SECONDS.",
    "too-large": "The limits are set by MOVIETAG_FETCH_BYTES and MOVIETAG_FETCH_MEMORY.",
}


async def fetch_video(job: VideoJob, settings: Settings, on_frame: OnFrame) -> FetchResult:
    """Download or open a video, sample it, and hand over its frames in the order of their slots.

    The download is deleted at the end, however it ends.

    Args:
        job: which video, and how to sample it.
        settings: what may be read, and the limits.
        on_frame: gets slot, time in seconds and JPEG; while it is awaited, the video waits.

    Raises:
        PermanentError: the video cannot be had or gives no frame; its kind is a short stable word.
        ThrottledError: the site wants a pause.
        SiteError: the site or the network fails now.
        Whatever ``on_frame`` raises.
    """
    order = FetchOrder(
        job=job,
        options=CrawlOptions.of(settings),
        seconds=settings.fetch_seconds * DOWNLOAD_PART,
        max_bytes=settings.fetch_bytes,
    )
    limits = Limits(
        seconds=settings.fetch_seconds,
        memory_bytes=settings.fetch_memory,
        file_bytes=settings.fetch_bytes + SLACK,
    )
    receiver = _Receiver(job.sampling.slots, on_frame)
    try:
        await run_child(
            "movietag.crawl.fetch_job:fetch_job",
            encode(order),
            limits,
            receiver.take,
            transient=(SiteError, ThrottledError),
        )
    except PermanentError as error:
        way_out = _WAY_OUT.get(error.kind, "")
        if not way_out or "MOVIETAG_" in error.reason:
            raise
        raise PermanentError(error.kind, f"{error.reason} {way_out}") from None
    return receiver.finished()


class _Receiver:
    """Takes a child's messages, trusting none: the child has read what anybody may have made."""

    def __init__(self, slots: int, on_frame: OnFrame) -> None:
        self._slots = slots
        self._on_frame = on_frame
        self._seen: list[SlotTime] = []
        self._result: FetchResult | None = None

    async def take(self, message: bytes) -> None:
        """Hand on a frame, or keep the result."""
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
        """The result, which names just the frames that came."""
        if self._result is None or self._result.slots != tuple(self._seen):
            raise _broken()
        return self._result


def _broken() -> PermanentError:
    return PermanentError("crashed", "The child that decoded the video sent what makes no sense.")
