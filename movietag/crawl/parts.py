"""Parts of a playlist that a site does not have.

yt-dlp tries each some times, passes over it and reports success: a file of 4 of 20 s. A few missing ones are
harmless, since the frames before and after are there. Those that it only refuses, or that do not come through, may
come later.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from yt_dlp.downloader.common import FileDownloader
from yt_dlp.downloader.fragment import FragmentFD

from movietag.crawl.meanings import meaning_of
from movietag.crawl.ytdlp import chain_of, error_of
from movietag.errors import MovietagError, PermanentError
from movietag.redaction import redacted

MOST_SKIPPED: Final = 0.1  # of the parts; one may always be missing
MOST_REFUSED: Final = 5  # parts in a row: each takes some tries, and the others are refused, too


class SkippedParts:
    """Counts the parts of one download: those that were received, and those that were passed over.

    Attributes:
        last: what was wrong with the part that is being fetched.
        refused: why the last part did not come that its site may have.
    """

    def __init__(self) -> None:
        self.received = 0
        self.skipped = 0
        self.missing = 0  # of the skipped ones
        self.in_a_row = 0  # refused ones
        self.last: BaseException | None = None
        self.refused: MovietagError | None = None

    def receive(self) -> None:
        """A part came."""
        self.received += 1
        self.last, self.in_a_row = None, 0

    def skip(self) -> None:
        """A part was passed over.

        Raises:
            SiteError, MachineError: as the ones before it.
        """
        self.skipped += 1
        error = _meant(self.last) if self.last else None
        if error is None or isinstance(error, PermanentError):
            self.missing += 1
        else:
            self.refused = error
            self.in_a_row += 1
            if self.in_a_row == MOST_REFUSED:
                raise error
        self.last = None

    def check(self, url: str) -> None:
        """Refuse a download that lacks more than a few parts.

        Raises:
            PermanentError: ``incomplete``: its site does not have them.
            SiteError, MachineError: they did not come, and may come later.
        """
        parts = self.received + self.skipped
        most = max(1, int(MOST_SKIPPED * parts))
        if self.missing <= most < self.skipped and self.refused:
            raise self.refused
        if self.skipped > most:
            raise PermanentError(
                "incomplete",
                f"{url} lacks {self.skipped} of {parts} parts: its site has them no more.",
            )


def _meant(error: BaseException) -> MovietagError:
    for inner in chain_of(error):
        if isinstance(inner, MovietagError):
            return inner
    said = f"Unable to download video data: {redacted(' '.join(str(error).split()))[:300]}"
    return error_of(meaning_of(said), said)


@contextmanager
def counting_parts() -> Iterator[SkippedParts]:
    """Count what yt-dlp receives and passes over meanwhile, in this process."""
    counted = SkippedParts()
    skip, append = FragmentFD.report_skip_fragment, FragmentFD._append_fragment
    retry = FileDownloader.report_retry

    def count_skipped(self: Any, *details: Any, **more: Any) -> None:
        counted.skip()
        skip(self, *details, **more)

    def count_received(self: Any, *details: Any, **more: Any) -> None:
        counted.receive()
        append(self, *details, **more)

    def note_error(self: Any, error: BaseException, *details: Any, **more: Any) -> None:
        counted.last = error
        retry(self, error, *details, **more)

    FileDownloader.report_retry = note_error
    FragmentFD.report_skip_fragment = count_skipped
    FragmentFD._append_fragment = count_received
    try:
        yield counted
    finally:
        FileDownloader.report_retry = retry
        FragmentFD.report_skip_fragment = skip
        FragmentFD._append_fragment = append
