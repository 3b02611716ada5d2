"""`movietag frames` and what `movietag recaption` leaves alone, over a folder with known frames."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from support.records import SAMPLING, TAGGER, manifest, video
from typer.testing import CliRunner, Result

from movietag.cli.frames import app
from movietag.cli.recaption import recaption_obstacle
from movietag.documents import VideoState
from movietag.frames.files import Files
from movietag.frames.kept import Kept, component, frame_digest
from movietag.frames.store import FrameStore
from movietag.records import Context, MovieId, TaggerId, VideoId, VideoJob
from movietag.search.results import Movie
from movietag.settings import get_settings

EVIL = "[red]Heat\x1b[31m"
OTHER = TaggerId("other@1")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FrameStore]:
    monkeypatch.setenv("MOVIETAG_FRAME_STORE", str(tmp_path / "kept"))
    get_settings.cache_clear()
    made = FrameStore(Files.at(str(tmp_path / "kept")))
    keep(made, "m-heat", "Heat", 1995, "a", 3)
    keep(made, "m-heat", "Heat", 1995, "b", 2)
    keep(made, "m-heat-86", "Heat", 1986, "a", 1)
    keep(made, "m-evil", EVIL, None, "../c", 1)
    yield made
    get_settings.cache_clear()


def keep(
    store: FrameStore, movie: str, title: str, year: int | None, name: str, slots: int
) -> None:
    job = VideoJob(MovieId(movie), 1, 0, video(name), SAMPLING, TAGGER, Context(title, year))
    found = msgspec.structs.replace(manifest(name, slots), movie_id=MovieId(movie))
    for slot in range(slots):
        store.write_frame(job, slot, jpeg(slot))
    store.write_record(Kept(job, found, tuple(frame_digest(jpeg(slot)) for slot in range(slots))))


def jpeg(slot: int) -> bytes:
    return f"frame {slot}".encode()


def call(*words: str) -> Result:
    return CliRunner().invoke(app, words, env={"COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"})


@pytest.mark.usefixtures("store")
class TestFrames:
    def test_list(self) -> None:
        told = call("list", "--json")
        assert told.exit_code == 0
        movies = json.loads(told.stdout)["movies"]
        assert [(one["movie_id"], one["videos"], one["frames"]) for one in movies] == [
            ("m-evil", 1, 1),
            ("m-heat-86", 1, 1),
            ("m-heat", 2, 5),
        ]
        shown = call("list").output
        assert "Heat (1995)" in shown
        assert "\x1b" not in shown

    def test_show(self) -> None:
        told = json.loads(call("show", "Heat (1995)", "--json").stdout)
        assert (told["movie_id"], [len(one["frames"]) for one in told["videos"]]) == (
            "m-heat",
            [3, 2],
        )
        assert "0 at 0:00.5" in call("show", "m-heat").output

    def test_a_title_that_means_several_or_none(self) -> None:
        several = call("show", "heat")
        assert several.exit_code == 2
        assert "m-heat-86  Heat (1986)" in several.stderr
        assert call("show", "Heat (2001)").exit_code == 1
        assert call("show", "x" * 5000).exit_code == 1
        assert call("show", "../../etc").exit_code == 1

    def test_export(self, tmp_path: Path) -> None:
        told = call("export", "m-heat", str(tmp_path / "out"))
        assert told.exit_code == 0
        assert "5 of 5 frames of Heat (1995)" in told.output.replace("\n", " ")
        assert (tmp_path / "out" / "a" / "00002.jpg").read_bytes() == jpeg(2)
        assert call("export", "m-evil", str(tmp_path / "evil")).exit_code == 0
        files = [path for path in tmp_path.rglob("*.jpg") if "kept" not in path.parts]
        assert len(files) == 6
        (tmp_path / "file").write_text("")
        assert call("export", "m-heat", str(tmp_path / "file")).exit_code == 2

    def test_prune(self, tmp_path: Path) -> None:
        for file in (tmp_path / "kept" / "m-heat" / "a").rglob("*.j*"):
            os.utime(file, (1e9, 1e9))
        assert call("prune").exit_code == 1  # nobody said yes
        assert "of 0 videos" in call("prune", "--days", "99999", "--yes").output
        assert "of 1 videos" in call("prune", "--yes").output
        assert call("prune", "--days", "0", "--yes").exit_code == 0
        assert call("list").exit_code == 1


def test_without_a_store_it_says_how_to_have_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MOVIETAG_FRAME_STORE", raising=False)
    get_settings.cache_clear()
    told = call("list")
    assert told.exit_code == 2
    assert "MOVIETAG_FRAME_STORE" in told.stderr
    get_settings.cache_clear()


# -- what a recaption leaves alone


def movie(*videos: VideoState, status: str = "complete", tagger: str = TAGGER) -> Movie:
    given = {
        "movie_id": "m-heat", "title": "Heat", "year": 1995, "status": status, "reason": "",
        "images": 5, "promised": 5, "failed_images": 0, "tags": {}, "tagger": tagger,
        "vocabulary": "v", "generation": 1, "videos": videos, "added_ms": 0, "updated_ms": 0,
    }  # fmt: skip
    return msgspec.convert(given, Movie, strict=False)


def state(name: str, slots: int, status: str = "fetched") -> VideoState:
    given = {
        "video_id": name, "url": "", "title": "", "source": "search", "score": 0.0,
        "reasons": (), "status": status, "reason": "", "slots": slots, "dropped": 0,
        "captioned": slots, "failed": 0,
    }  # fmt: skip
    return msgspec.convert(given, VideoState)


def test_a_movie_that_would_lose_images_is_left(store: FrameStore, tmp_path: Path) -> None:
    a, b, lost = state("a", 3), state("b", 2), state("x", 0, "failed")
    assert recaption_obstacle(store, movie(a, b, lost), OTHER) == ""
    assert "still in progress" in recaption_obstacle(store, movie(a, status="running"), OTHER)
    assert "already" in recaption_obstacle(store, movie(a, b), TAGGER)
    assert "no frames" in recaption_obstacle(store, movie(lost), OTHER)
    assert "of c are not (or no longer) stored" in recaption_obstacle(
        store, movie(a, state("c", 1)), OTHER
    )
    assert "of b are not (or no longer) stored" in recaption_obstacle(
        store, movie(a, state("b", 3)), OTHER
    )
    (tmp_path / "kept" / "m-heat" / component(VideoId("a")) / "00001" / "00001.jpg").unlink()
    assert "of a are not (or no longer) stored" in recaption_obstacle(store, movie(a, b), OTHER)
