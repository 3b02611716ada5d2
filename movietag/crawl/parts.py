"""Parts of a playlist that a site does not have.

yt-dlp tries each some times, passes over it and reports success: a file of 4 of 20 s. A few missing ones are
harmless, since the frames before and after are there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from yt_dlp.downloader.fragment import FragmentFD

from movietag.errors import PermanentError

MOST_SKIPPED: Final = 0.1  # of the parts; one may always be missing


class SkippedParts:
    """Counts the parts of one download: those that were received, and those that were passed over."""

    def __init__(self) -> None:
        self.received = 0
        self.skipped = 0

    def check(self, url: str) -> None:
        """Refuse a download that lacks more than a few parts.

        Raises:
            PermanentError: ``incomplete``.
        """
        parts = self.received + self.skipped
        if self.skipped > max(1, int(MOST_SKIPPED * parts)):
            raise PermanentError(
                "incomplete",
                f"{url} lacks {self.skipped} of {parts} parts: its site has them no more.",
            )


@contextmanager
def counting_parts() -> Iterator[SkippedParts]:
    """Count what yt-dlp receives and passes over meanwhile, in this process."""
    counted = SkippedParts()
    skip, append = FragmentFD.report_skip_fragment, FragmentFD._append_fragment

    def count_skipped(self: Any, *details: Any, **more: Any) -> None:
        counted.skipped += 1
        skip(self, *details, **more)

    def count_received(self: Any, *details: Any, **more: Any) -> None:
        counted.received += 1
        append(self, *details, **more)

    FragmentFD.report_skip_fragment = count_skipped
    FragmentFD._append_fragment = count_received
    try:
        yield counted
    finally:
        FragmentFD.report_skip_fragment = skip
        FragmentFD._append_fragment = append
