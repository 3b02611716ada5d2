"""Thumbnails of kept frames, over HTTP."""

from __future__ import annotations

from pathlib import Path

import httpx
import numpy as np
import pytest
from frames.drawn_videos import decoded
from kept_frames import MOVIE, SLOTS, VIDEO, frame

from movietag.web.thumbnails import thumbnail_path


def test_a_thumbnail_is_its_frame_smaller(pages: httpx.Client) -> None:
    answer = pages.get(thumbnail_path(MOVIE, VIDEO, 3))
    assert answer.headers["content-type"] == "image/jpeg"
    shown = decoded(answer.content)
    assert shown.shape == (180, 320, 3)
    differences = [
        np.abs(shown.astype(int) - decoded(frame(slot))[::2, ::2].astype(int)).mean()
        for slot in range(SLOTS)
    ]
    assert int(np.argmin(differences)) == 3


def test_what_a_browser_has_is_not_sent_again(pages: httpx.Client) -> None:
    first = pages.get(thumbnail_path(MOVIE, VIDEO, 0))
    have = {"If-None-Match": first.headers["etag"]}
    again = pages.get(thumbnail_path(MOVIE, VIDEO, 0), headers=have)
    assert (again.status_code, again.content) == (304, b"")
    assert pages.get(thumbnail_path(MOVIE, VIDEO, 1), headers=have).status_code == 200
    assert first.headers["cache-control"] == "private, max-age=86400"


def test_movies_and_scenes_name_thumbnails_that_are_there(pages: httpx.Client) -> None:
    (movie,) = pages.get("/api/movies", params={"q": "movie:harbor"}).json()["movies"]
    assert len(movie["thumbnails"]) == 5
    (scene,) = pages.get("/api/scenes", params={"q": "movie:harbor", "limit": 1}).json()["scenes"]
    assert scene["thumbnail"] == thumbnail_path(MOVIE, scene["video_id"], scene["slot"])
    assert pages.get(scene["thumbnail"]).status_code == 200


def test_without_a_frame_store_none_is_named(api: httpx.Client) -> None:
    (movie,) = api.get("/api/movies", params={"q": "movie:harbor"}).json()["movies"]
    assert "thumbnails" not in movie
    for path in ("/?q=movie:harbor", "/scenes?q=movie:harbor", "/movies/harbor"):
        text = api.get(path).text
        assert "Moonlit Harbor" in text
        assert [word for word in ("thumbnails", 'class="still') if word in text] == []
    answer = api.get(thumbnail_path(MOVIE, VIDEO, 0))
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert "No frames are stored" in answer.json()["detail"]


@pytest.mark.parametrize(
    "path",
    [
        thumbnail_path(MOVIE, VIDEO, SLOTS),
        thumbnail_path("nobody", VIDEO, 0),
        thumbnail_path(MOVIE, "nothing", 0),
        thumbnail_path(MOVIE, "../harbor/demo:a", 0),
        thumbnail_path("..", "..", 0),
        thumbnail_path(MOVIE, "../../../etc/passwd", 0),
        thumbnail_path("*", "*", 0),
        thumbnail_path(MOVIE, "\0", 0),
        f"/api/movies/{MOVIE}/videos/..%2f..%2fetc/thumbnails/0",
    ],
)
def test_what_is_not_kept_is_not_there(pages: httpx.Client, path: str) -> None:
    assert pages.get(path).status_code == 404


@pytest.mark.parametrize("slot", ["-1", "100000", "x", "1e3"])
def test_what_is_no_slot(pages: httpx.Client, slot: str) -> None:
    path = thumbnail_path(MOVIE, VIDEO, 0).removesuffix("0") + slot
    assert pages.get(path).status_code == 422


def test_a_file_that_is_no_picture(pages: httpx.Client, frames: Path) -> None:
    (kept,) = frames.glob("harbor/*/*/00005.jpg")
    kept.write_bytes(b"<svg onload=alert(1)>")
    assert pages.get(thumbnail_path(MOVIE, VIDEO, 5)).status_code == 404
