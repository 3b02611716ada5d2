"""Local files over HTTP: parts of them and clips, only of videos that the library knows, below the roots."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import av
import httpx
import numpy as np
import pytest
from frames.drawn_videos import number_in
from playable import MOVIE, SITE_VIDEO, draw_film, write_played
from support.addresses import search_environment
from support.patience import patience
from support.serve_process import serving

from movietag.crawl.ids import file_video_id
from movietag.settings import Settings
from movietag.web.players import media_path


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_film(tmp_path_factory.mktemp("films"))


@pytest.fixture(scope="module")
def media(library: Settings, film: Path) -> Iterator[httpx.Client]:
    asyncio.run(write_played(library, film))
    roots = f'["{film.parent}"]'
    with (
        serving(library, MOVIETAG_WEB_RATE="100000", MOVIETAG_ROOTS=roots) as address,
        httpx.Client(base_url=address, timeout=patience(60)) as client,
    ):
        yield client


def path_of(film: Path, what: str = "file") -> str:
    return media_path(MOVIE, file_video_id(film), what)


def test_parts_of_a_file(media: httpx.Client, film: Path) -> None:
    content, path = film.read_bytes(), path_of(film)
    whole = media.get(path)
    assert (whole.status_code, whole.content) == (200, content)
    assert whole.headers["content-type"] == "video/webm"
    assert whole.headers["accept-ranges"] == "bytes"
    part = media.get(path, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, content[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(content)}"
    last = media.get(path, headers={"Range": "bytes=-7", "If-Range": part.headers["etag"]})
    assert (last.status_code, last.content) == (206, content[-7:])
    beyond = media.get(path, headers={"Range": f"bytes={len(content)}-"})
    assert (beyond.status_code, beyond.content) == (416, b"")
    assert beyond.headers["content-range"] == f"bytes */{len(content)}"
    head = media.head(path)
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(content)))


def test_it_cannot_be_taken_for_a_page_or_loaded_by_another_site(
    media: httpx.Client, film: Path
) -> None:
    headers = media.head(path_of(film)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert media.head(path_of(film), headers={"Host": "evil.org"}).status_code == 421


@pytest.mark.parametrize("what", ["file", "clip?start=0&end=1"])
def test_what_is_not_there(media: httpx.Client, film: Path, what: str) -> None:
    known = file_video_id(film)
    for movie, video in (
        ("harbor", known),  # a film, but not of this movie
        ("nobody", known),
        (MOVIE, SITE_VIDEO),
        (MOVIE, "file:0123456789abcdef"),
        (MOVIE, str(film)),
        (MOVIE, "../../etc/passwd"),
        (MOVIE, "..%2f..%2fetc%2fpasswd"),
        (MOVIE, "\0"),
        ("*", "*"),
    ):
        answer = media.get(media_path(movie, video, what))
        assert answer.status_code == 404, (movie, video)
    assert media.get("/media/movies/../../etc/passwd").status_code == 404


def test_a_file_that_became_a_link_or_another_is_not_sent(
    media: httpx.Client, film: Path, tmp_path: Path
) -> None:
    path, stamp = path_of(film), film.stat()
    moved = tmp_path / "outside.webm"
    film.rename(moved)
    try:
        film.symlink_to(moved)
        assert media.get(path).status_code == 404
        film.unlink()
        film.write_bytes(b"<script>alert(1)</script>")
        assert media.get(path).status_code == 404
        assert media.get(path_of(film, "clip?start=0&end=1")).status_code == 404
    finally:
        film.unlink(missing_ok=True)
        moved.rename(film)
        os.utime(film, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert media.get(path).status_code == 200


def test_a_clip(media: httpx.Client, film: Path) -> None:
    answer = media.get(path_of(film, "clip"), params={"start": "0:02", "end": "4"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "video/mp4")
    named = 'attachment; filename="Played-Here-2020-2s.mp4"'
    assert answer.headers["content-disposition"] == named
    with av.open(BytesIO(answer.content)) as container:
        pictures = [one.to_ndarray(format="rgb24") for one in container.decode(video=0)]
    numbers = [number_in(np.asarray(one, np.uint8)) for one in pictures]
    assert numbers == list(range(20, 40))


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("4", "2", "empty"),
        ("0", "9:00", "longer"),
        ("x", "1", "no time"),
        ("50", "51", "ends before"),
    ],
)
def test_a_clip_that_cannot_be(
    media: httpx.Client, film: Path, start: str, end: str, said: str
) -> None:
    answer = media.get(path_of(film, "clip"), params={"start": start, "end": end})
    assert (answer.status_code, said in answer.text) == (400, True)


@pytest.mark.slow
@pytest.mark.parametrize("more", [{"MOVIETAG_WEB_PLAY": "false"}, {"MOVIETAG_ROOTS": "[]"}])
def test_where_pages_do_not_play_nothing_is_sent(
    library: Settings, media: httpx.Client, film: Path, more: dict[str, str]
) -> None:
    asked = {"MOVIETAG_ROOTS": f'["{film.parent}"]', **more}
    with serving(library, **asked) as address:
        answer = httpx.get(address + path_of(film), timeout=patience(60))
        page = httpx.get(f"{address}/movies/{MOVIE}", timeout=patience(60))
    assert answer.status_code == 404
    assert "media-src" not in page.headers["content-security-policy"]
    assert "/media/" not in page.text


def test_a_key_is_needed_here_too(library: Settings, film: Path, keys: Path) -> None:
    roots = f'["{film.parent}"]'
    with serving(library, MOVIETAG_WEB_KEYS=str(keys), MOVIETAG_ROOTS=roots) as address:
        for what in ("file", "clip?start=0&end=1"):
            answer = httpx.get(address + path_of(film, what), timeout=patience(60))
            assert (answer.status_code, answer.headers["location"][:7]) == (303, "/login?")


def test_the_command_cuts_what_a_title_names(
    library: Settings, media: httpx.Client, film: Path, tmp_path: Path
) -> None:
    environment = {
        **os.environ,
        **search_environment(library),
        "MOVIETAG_VOCABULARY": library.vocabulary,
        "MOVIETAG_ROOTS": f'["{film.parent}"]',
    }

    def clip(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "movietag.cli", "clip", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=patience(60),
        )

    out = tmp_path / "clip.mp4"
    done = clip("Played Here", "2", "4", "-o", str(out))
    assert (done.returncode, "a film & more.webm" in done.stdout) == (0, True), done.stderr
    assert out.stat().st_size > 1000
    done = clip("Moonlit Harbor", "2", "4", "-o", str(out))
    assert (done.returncode, "no file on this machine" in done.stderr) == (2, True)
