"""Which files of this machine may be read by a player: those below the roots, unchanged, and by no link."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from movietag.crawl.ids import file_video_id
from movietag.errors import PermanentError
from movietag.playing.local_files import LocalVideo, local_video, open_local

CONTENT = b"a video, for all that is read here"


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "films" / "heat" / "heat.mp4"
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    return path


def read(local: LocalVideo) -> bytes:
    with open_local(local) as descriptor:
        return os.read(descriptor, 1000)


def test_a_film_below_a_root_is_read(film: Path, tmp_path: Path) -> None:
    local = local_video(str(film), file_video_id(film), [tmp_path / "films"])
    assert (local.media_type, read(local)) == ("video/mp4", CONTENT)


def test_a_link_within_the_roots_is_followed_before_it_is_checked(
    film: Path, tmp_path: Path
) -> None:
    link = tmp_path / "films" / "link.mp4"
    link.symlink_to(film)
    local = local_video(str(link), file_video_id(film), [tmp_path / "films"])
    assert (local.path, read(local)) == (film, CONTENT)


def test_what_may_not_be_read(film: Path, tmp_path: Path) -> None:
    roots = [tmp_path / "films"]
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(b"not for players")
    link = tmp_path / "films" / "out.mp4"
    link.symlink_to(secret)
    up = f"{film.parent}/../../secret.mp4"
    for path, of in ((secret, secret), (link, secret), (up, secret), (film.parent, film)):
        with pytest.raises(PermanentError):
            local_video(str(path), file_video_id(of), roots)
    with pytest.raises(PermanentError, match="MOVIETAG_ROOTS"):
        local_video(str(film), file_video_id(film), [])
    known = file_video_id(film)
    film.write_bytes(CONTENT + b"!")
    with pytest.raises(PermanentError, match="changed"):
        local_video(str(film), known, roots)


def test_a_folder_that_becomes_a_link_after_the_check_is_not_followed(
    film: Path, tmp_path: Path
) -> None:
    local = local_video(str(film), file_video_id(film), [tmp_path / "films"])
    elsewhere = tmp_path / "elsewhere"
    film.parent.rename(elsewhere)
    film.parent.symlink_to(elsewhere)
    with pytest.raises(PermanentError, match="cannot be read"):
        read(local)


def test_a_file_that_becomes_a_link_or_a_pipe_after_the_check_is_not_opened(
    film: Path, tmp_path: Path
) -> None:
    local = local_video(str(film), file_video_id(film), [tmp_path / "films"])
    film.rename(tmp_path / "moved.mp4")
    film.symlink_to(tmp_path / "moved.mp4")
    with pytest.raises(PermanentError, match="cannot be read"):
        read(local)
    film.unlink()
    os.mkfifo(film)
    with pytest.raises(PermanentError, match="cannot be read"):  # and does not wait for a writer
        read(local)


@pytest.mark.parametrize("name", ["page.html", "film.svg", "film.mp4.html", "film", "film.avi"])
def test_other_kinds_are_never_sent(name: str) -> None:
    assert LocalVideo(Path("/films") / name).media_type is None
