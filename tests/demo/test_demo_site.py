"""The demo's site and its extractors, over real HTTP on loopback."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest
from yt_dlp import YoutubeDL
from yt_dlp.utils import DownloadError

from movietag.demo.extractor import MovietagDemoSearchIE, MovietagDemoVideoIE
from movietag.demo.site import make_server
from movietag.drawn.catalogue import FILMS, NOBODY_FINDS
from movietag.drawn.library import truth_of
from movietag.drawn.movies import plan_movie
from movietag.drawn.truth import DemoTruth

CONTENT = bytes(range(256)) * 40


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = tmp_path_factory.mktemp("library")
    truth = DemoTruth("x", tuple(truth_of(plan_movie(film), ()) for film in FILMS), NOBODY_FINDS)
    (root / "truth.json").write_bytes(msgspec.json.encode(truth))
    (root / "videos").mkdir()
    (root / "videos" / "m101v0.mp4").write_bytes(CONTENT)
    server = make_server(root, 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def fetch(url: str, **headers: str) -> tuple[int, bytes]:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
        return answer.status, answer.read()


def ydl(base: str, **more: object) -> YoutubeDL:
    arguments = {"demosearch": {"base_url": [base]}} if base else {}
    given = {"quiet": True, "extractor_args": arguments, **more}
    loader = YoutubeDL(given, auto_init=False)
    loader.add_info_extractor(MovietagDemoVideoIE())
    loader.add_info_extractor(MovietagDemoSearchIE())
    return loader


def test_search_answers_with_entries(site: str) -> None:
    _, body = fetch(f"{site}/search?q={quote('달빛 정원 2011 official trailer')}&n=4")
    entries = json.loads(body)
    assert len(entries) == 4
    assert entries[0]["title"].startswith("달빛 정원")
    assert set(entries[0]) >= {"id", "url", "title", "duration", "channel", "view_count"}
    assert "kind" not in entries[0]


def test_a_whole_file_and_its_parts(site: str) -> None:
    url = f"{site}/video/m101v0.mp4"
    assert fetch(url) == (200, CONTENT)
    assert fetch(url, Range="bytes=10-19") == (206, CONTENT[10:20])
    assert fetch(url, Range="bytes=10000-") == (206, CONTENT[10000:])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/video/m999v0.mp4", 404),
        ("/video/..%2Ftruth.json", 404),
        ("/video/../truth.mp4", 404),
        ("/info/nothing", 404),
        ("/", 404),
    ],
)
def test_what_is_not_there(site: str, path: str, status: int) -> None:
    with pytest.raises(urllib.error.HTTPError) as error:
        fetch(site + path)
    assert error.value.code == status


def test_a_range_beyond_the_end(site: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as error:
        fetch(f"{site}/video/m101v0.mp4", Range="bytes=99999-")
    assert error.value.code == 416


def test_the_search_extractor_lists_flat(site: str) -> None:
    with ydl(site, extract_flat=True) as loader:
        info = loader.extract_info("demosearch15:Silver Creek 1962", download=False)
    entries = list(info["entries"])
    assert len(entries) == 7
    assert entries[0]["title"].startswith("Return to Silver Creek")
    assert all(entry["duration"] >= 20 and entry["id"] for entry in entries)
    assert all(entry["ie_key"] == "MovietagDemoVideo" for entry in entries)


def test_nothing_is_found_for_the_ninth_title(site: str) -> None:
    with ydl(site, extract_flat=True) as loader:
        info = loader.extract_info(f"demosearch15:{NOBODY_FINDS}", download=False)
    assert list(info["entries"]) == []


@pytest.mark.heavy
def test_a_video_is_downloaded(site: str, tmp_path: Path) -> None:
    with ydl(site, outtmpl=str(tmp_path / "%(id)s.%(ext)s"), noprogress=True) as loader:
        info = loader.extract_info(f"{site}/video/m101v0.mp4")
    assert (info["width"], info["height"], info["duration"]) == (640, 360, 29.0)
    assert (tmp_path / "m101v0.mp4").read_bytes() == CONTENT


def test_without_an_address_the_search_says_what_to_set() -> None:
    with ydl("", extract_flat=True) as loader, pytest.raises(DownloadError, match="base_url"):
        loader.extract_info("demosearch5:x", download=False)
