"""MP4 files one behind the other, as a download of HLS with discontinuities leaves them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from drawn_videos import decoded, number_in, numbered, sampling, write_video
from hypothesis import given
from hypothesis import strategies as st

from movietag.frames.extract import extract_video, probe
from movietag.frames.joined import Span, SpansFile, parts_of

FRAGMENTS = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}


def piece(path: Path, first: int, width: int = 320, **more: object) -> bytes:
    """Two seconds of numbered frames."""
    pictures = [numbered(i, width, width * 9 // 16) for i in range(first, first + 60)]
    return write_video(path, pictures, **more).read_bytes()  # type: ignore[arg-type]


def media_of(data: bytes) -> bytes:
    """A fragmented file without its header."""
    return data[data.index(b"moof") - 4 :]


@pytest.mark.heavy
@pytest.mark.parametrize("mode", ["exact", "keyframes", "scenes"])
@pytest.mark.parametrize("kind", ["fragments", "other size", "one header", "plain"])
def test_all_parts_are_seen(tmp_path: Path, mode: str, kind: str) -> None:
    more = {} if kind == "plain" else {"options": FRAGMENTS}
    pieces = [
        piece(
            tmp_path / f"{first}.mp4", first, 640 if first and kind == "other size" else 320, **more
        )
        for first in (0, 60, 120)
    ]
    if kind == "one header":  # the clock begins again, the header does not come again
        pieces[1:] = map(media_of, pieces[1:])
    joined = tmp_path / "joined.mp4"
    joined.write_bytes(b"".join(pieces))
    extraction = extract_video(joined, sampling(9, mode))
    frames = list(extraction)
    assert extraction.seconds == pytest.approx(6, abs=0.2)
    assert probe(joined).seconds == extraction.seconds
    assert extraction.claimed == pytest.approx(extraction.seconds, abs=0.1)
    assert extraction.dropped == ()
    assert [one.slot for one in frames] == list(range(9))
    for frame in frames:
        assert number_in(decoded(frame.jpeg)) == pytest.approx(frame.time * 30, abs=1.5)
    assert frames[-1].time > 5


def test_one_file_has_no_parts(tmp_path: Path) -> None:
    for name, more in (
        ("a.mp4", {}),
        ("b.mp4", {"options": FRAGMENTS}),
        ("c.mkv", {}),
        ("d.ts", {}),
    ):
        piece(tmp_path / name, 0, **more)
        assert parts_of(tmp_path / name) == []
    (tmp_path / "e.mp4").write_bytes(b"")
    (tmp_path / "f.mp4").write_bytes(b"\0\0\0\x08ftyp" + b"\xff" * 500)
    assert parts_of(tmp_path / "e.mp4") == parts_of(tmp_path / "f.mp4") == []


def test_a_part_that_is_damaged_costs_only_itself(tmp_path: Path) -> None:
    good = piece(tmp_path / "a.mp4", 0, options=FRAGMENTS)
    joined = tmp_path / "joined.mp4"
    joined.write_bytes(good + b"\0\0\0\x10ftypisom\0\0\0\0" + good)
    extraction = extract_video(joined, sampling(4))
    assert extraction.seconds == pytest.approx(4, abs=0.2)
    assert len(list(extraction)) == 4


@given(st.data())
def test_spans_of_a_file_read_like_their_bytes(data: st.DataObject) -> None:
    path = Path(__file__).parent / "quarters.heic"
    content = path.read_bytes()
    edges = st.integers(0, len(content))
    spans = [
        Span(*sorted((data.draw(edges), data.draw(edges))))
        for _ in range(data.draw(st.integers(1, 4)))
    ]
    like = io.BytesIO(b"".join(content[span.start : span.end] for span in spans))
    with SpansFile(path, spans) as joined:
        for _ in range(6):
            offset, whence = data.draw(st.integers(0, 700)), data.draw(st.sampled_from([0, 1, 2]))
            offset = -offset if whence == 2 else offset
            assert joined.seek(offset, whence) == like.seek(
                max(offset, -len(like.getbuffer())) if whence == 2 else offset, whence
            )
            size = data.draw(st.sampled_from([-1, 0, 1, 7, 300]))
            assert joined.read(size) == like.read(size)
            assert joined.tell() == like.tell()


@pytest.mark.parametrize("size", [2**63, 2**64 - 1])
def test_a_box_may_claim_any_size(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.mp4"
    ftyp = (16).to_bytes(4, "big") + b"ftypisom" + bytes(4)
    path.write_bytes(ftyp + (1).to_bytes(4, "big") + b"mdat" + size.to_bytes(8, "big") + bytes(64))
    assert parts_of(path) == []
