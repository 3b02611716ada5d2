"""The extent of a video whose container says what cannot be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from movietag.frames.extent import Extent, extent

MS = Fraction(1, 1000)


class Container:
    """A file of 30 s, of which a stream begins that its header does not name."""

    duration = 30_000_000  # microseconds
    start_time = 0
    format = SimpleNamespace(name="flv")

    def seek(self, place: int, **_: object) -> None:
        pass

    def demux(self) -> Iterator[Any]:
        raise IndexError("list index out of range")  # as PyAV does


def measured(shown: list[int], start: int = 0, metadata: Mapping[str, str] | None = None) -> Extent:
    """The extent of frames of 40 ms, shown at these milliseconds."""
    packets: Any = [
        SimpleNamespace(pts=at, dts=at, duration=40, is_keyframe=True, is_discard=False)
        for at in shown
    ]
    stream: Any = SimpleNamespace(
        time_base=MS, start_time=start, duration=None, index=0, metadata=metadata or {}
    )
    container: Any = Container()
    return extent(container, stream, lambda _: packets)


def test_a_stream_may_begin_that_the_header_does_not_name() -> None:
    assert measured([0, 40, 80]) == Extent(0, 120, 30)


def test_no_length_is_negative() -> None:
    assert measured([0, 40, 80], start=60_000).start == measured([0, 40], start=60_000).end


@pytest.mark.parametrize("hours", ["9" * 12, "9" * 400, "9" * 5000])
def test_a_tag_of_more_hours_than_any_video_has_says_nothing(hours: str) -> None:
    told = measured([0, 40, 80], metadata={"DURATION": f"{hours}:00:00.000"})
    assert told == measured([0, 40, 80])
