from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from misbehaving import Misbehaving

from movietag.crawl.download import download_video
from movietag.crawl.options import CrawlOptions
from movietag.crawl.programs import runtimes
from movietag.errors import PermanentError
from movietag.records import Video, VideoId
from movietag.sandbox.access import Access
from movietag.sandbox.child import Limits
from movietag.sandbox.parent import run_child
from movietag.settings import Settings

pytestmark = pytest.mark.heavy

OUTSIDE = ("ffmpeg", "ffprobe", "rtmpdump", "mplayer", "mpv", "curl", "wget", "aria2c", "phantomjs")
SAMPLE_AES = """#EXTM3U
#EXT-X-VERSION:5
#EXT-X-TARGETDURATION:10
#EXT-X-KEY:METHOD=SAMPLE-AES,URI="http://127.0.0.1:9/key"
#EXTINF:10,
http://127.0.0.1:9/inside.ts
#EXT-X-ENDLIST
"""
LIST = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\ngood.mp4\n#EXT-X-ENDLIST\n"


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Programs that fetch, first on PATH: what was started is written down in this file."""
    folder, log = tmp_path / "programs", tmp_path / "started"
    folder.mkdir()
    log.touch()
    for name in OUTSIDE:
        (folder / name).write_text(f'#!/bin/sh\necho "{name} $*" >> "{log}"\n')
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    subprocess.run(["rtmpdump", "works"], check=True)
    assert log.read_text() == "rtmpdump works\n"
    log.write_text("")
    return log


def get(settings: Settings, url: str, folder: Path) -> Path:
    options = CrawlOptions.of(settings)
    video = Video(VideoId("url:0"), "url", url)
    return download_video(video, folder, options, seconds=20, max_bytes=4 << 20)


@pytest.mark.parametrize(
    "protocol",
    [
        *("rtmp", "rtmpe", "rtmp_ffmpeg", "rtsp", "mms", "m3u8", "f4m", "ism", "ftp", "mhtml"),
        *(
            "websocket_frag",
            "niconico_live",
            "fc2_live",
            "bunnycdn",
            "soopvod",
            "youtube_live_chat",
        ),
    ],
)
def test_what_only_a_program_outside_could_fetch_is_refused(
    protocol: str, crawl_settings: Settings, site: Misbehaving, tmp_path: Path, started: Path
) -> None:
    with pytest.raises(PermanentError) as caught:
        get(crawl_settings, site.url(f"watch/by-{protocol}"), tmp_path)
    assert caught.value.kind == "needs-program"
    assert not started.read_text()


@pytest.mark.parametrize("scheme", ["rtmp", "rtsp"])
def test_a_page_names_such_an_address_in_vain(
    scheme: str, crawl_settings: Settings, site: Misbehaving, tmp_path: Path, started: Path
) -> None:
    (site.folder / "named.html").write_text(f"<html><video src='{scheme}://127.0.0.1:9/x'></video>")
    with pytest.raises(PermanentError) as caught:
        get(crawl_settings, site.url("named.html"), tmp_path)
    assert caught.value.kind == "needs-program"
    assert not started.read_text()


def test_an_encrypted_playlist_is_handed_to_nobody(
    crawl_settings: Settings, site: Misbehaving, tmp_path: Path, started: Path
) -> None:
    (site.folder / "segments.m3u8").write_text(SAMPLE_AES)
    for path in ("segments.m3u8", "watch/hls"):
        with pytest.raises(PermanentError, match="movietag starts no such program") as caught:
            get(crawl_settings, site.url(path), tmp_path)
        assert caught.value.kind == "needs-program"
    assert not started.read_text()


def test_playlists_and_segments_are_fetched_by_yt_dlp_itself(
    crawl_settings: Settings, site: Misbehaving, tmp_path: Path, started: Path
) -> None:
    (site.folder / "segments.m3u8").write_text(LIST)
    good = (site.folder / "good.mp4").read_bytes()
    for path in ("watch/hls", "watch/dash"):
        assert get(crawl_settings, site.url(path), tmp_path).read_bytes() == good
    assert not started.read_text()


async def test_a_child_finds_deno_and_nothing_else(started: Path) -> None:
    (deno,) = runtimes()
    for programs, path in (((deno,), str(deno.parent)), ((), "/nonexistent")):
        got: list[bytes] = []

        async def keep(message: bytes, got: list[bytes] = got) -> None:
            got.append(message)

        limits = Limits(30, 300 << 20, 1 << 20)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
            access = Access(programs=programs, reads=(deno.parent,))  # it may look, not run
            await run_child("support.sandbox_children:found", b"", limits, keep, access=access)
        assert got[0].decode() == path
        assert not any(name in got[1].decode().split() for name in OUTSIDE)


def test_a_library_that_connects_by_itself_is_never_loaded(tmp_path: Path) -> None:
    """curl_cffi, where somebody installed it, is used by yt-dlp, past Python's sockets."""
    marker = tmp_path / "loaded"
    (tmp_path / "curl_cffi.py").write_text(f"open({str(marker)!r}, 'w')\n__version__ = '0.16.0'\n")
    path = {**os.environ, "PYTHONPATH": str(tmp_path)}
    subprocess.run([sys.executable, "-c", "import curl_cffi"], env=path, check=True)
    assert marker.exists()
    marker.unlink()
    subprocess.run([sys.executable, "-c", "import movietag.crawl.ytdlp"], env=path, check=True)
    assert not marker.exists()
