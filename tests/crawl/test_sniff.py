from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.crawl.sniff import check_video, container_of
from movietag.errors import PermanentError


@pytest.mark.parametrize(
    ("ending", "codec", "container"),
    [
        ("mp4", "mpeg4", "mp4"),
        ("mov", "mpeg4", "mp4"),
        ("mkv", "mpeg4", "matroska"),
        ("webm", "libvpx-vp9", "matroska"),
        ("avi", "mpeg4", "avi"),
        ("ts", "mpeg2video", "mpegts"),
        ("m2ts", "mpeg2video", "mpegts"),
        ("mpg", "mpeg2video", "mpeg"),
        ("flv", "flv", "flv"),
        ("wmv", "wmv2", "asf"),
    ],
)
def test_containers(ending: str, codec: str, container: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{ending}"
    with av.open(path, "w") as file:
        stream = file.add_stream(codec, rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        picture = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="bgr24")
        for packet in [*stream.encode(picture), *stream.encode()]:
            file.mux(packet)
    assert check_video(path) == container


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"", "empty"),
        (b"\n <!DOCTYPE html><html>", "a web page"),
        (b"\xef\xbb\xbf<HTML>", "a web page"),
        (b"#EXTM3U\nfile:///etc/passwd", "a list of other files"),
        (b"ffconcat version 1.0", "a list of other files"),
        (b"\xff\xd8\xff\xe0", "a picture"),
        (b"ID3\x04", "a sound file"),
        (b"RIFF\x00\x00\x00\x00WAVE", "a sound file"),
        (b"root:x:0:0", "of an unknown type"),
        (b"G" * 10, "of an unknown type"),
    ],
)
def test_what_is_no_video_is_named(head: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(head)
    with pytest.raises(PermanentError, match=said) as caught:
        check_video(path)
    assert caught.value.kind == "not-a-video"


@given(st.text(min_size=1, max_size=400))
def test_lists_of_files_never_pass(text: str) -> None:
    assert container_of(b"#EXTM3U" + text.encode()) is None
    assert container_of(b"ffconcat version 1.0\n" + text.encode()) is None
