"""A video that lost too much is refused, so that the next candidate is taken."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from frames.drawn_videos import sampling, write_video

from movietag.crawl.fetch_job import RESULT, DecodeOrder, FetchResult, decode_job
from movietag.errors import PermanentError
from movietag.records import Sampling, decode, encode


def yielded(path: Path, sampled: Sampling) -> FetchResult:
    messages = list(decode_job(encode(DecodeOrder(str(path), False, sampled))))
    assert messages[-1][:1] == RESULT
    return decode(FetchResult, messages[-1][1:])


def lossy(most_lost: float) -> Sampling:
    return msgspec.structs.replace(sampling(10, "keyframes"), most_lost=most_lost)


@pytest.fixture
def cut_off(tmp_path: Path) -> Path:
    """Some 7 of 10 s."""
    path = write_video(tmp_path / "a.mp4", count=300, options={"movflags": "faststart"})
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * 0.75)])
    return path


def test_a_file_that_lacks_little_is_taken_and_says_so(cut_off: Path) -> None:
    result = yielded(cut_off, lossy(0.5))
    assert result.claimed == pytest.approx(10, abs=0.1)
    assert 6 < result.seconds < 8
    assert len(result.slots) >= 9


def test_a_file_that_lacks_more_than_the_setting_allows_is_refused(cut_off: Path) -> None:
    with pytest.raises(PermanentError, match=r"of 10\.0 s.*MOVIETAG_MOST_LOST") as caught:
        yielded(cut_off, lossy(0.2))
    assert caught.value.kind == "damaged"


def test_damaged_frames_count_as_lost(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", count=300)
    data = bytearray(path.read_bytes())
    end = data.index(b"moov") - 4
    data[end // 5 : end - end // 5] = bytes(end - 2 * (end // 5))
    path.write_bytes(data)
    assert len(yielded(path, lossy(1.0)).slots) >= 2
    with pytest.raises(PermanentError) as caught:
        yielded(path, lossy(0.4))
    assert caught.value.kind == "damaged"


def test_a_whole_file_claims_nothing_more(tmp_path: Path) -> None:
    result = yielded(write_video(tmp_path / "a.mp4", count=60), lossy(0.0))
    assert result.claimed == 0
    assert len(result.slots) == 10


def test_a_still_has_no_length_and_lacks_nothing(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mkv", count=1)
    data = path.read_bytes()
    stated = data.index(b"\x44\x89")  # Duration in the header, then as a tag of the track
    path.write_bytes(
        (data[: stated + 3] + bytes(8) + data[stated + 11 :]).replace(b"DURATION", b"DIRATION")
    )
    result = yielded(path, lossy(0.5))
    assert (result.seconds, result.claimed) == (0, 0)
    assert len(result.slots) == 1
