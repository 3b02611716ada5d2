"""The frame store: what is written is read again, exact and only whole; and stores that fail or refuse."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem
from hypothesis import given
from hypothesis import strategies as st
from stored_frames import AT, A, B, job, jpeg, keep, kept
from support.records import MOVIE

from movietag.errors import UsageError
from movietag.frames.files import Files
from movietag.frames.kept import LONGEST, component, frame_digest
from movietag.frames.store import Dropped, FrameStore, StoreAway
from movietag.records import EVERY_VIDEO, MovieId, VideoId
from movietag.settings import Settings

HOSTILE = (
    "../../etc/passwd", "..", ".", "/", "//", "a/b", "a\\b", "C:", "%2F", "%2e%2e", "~", "~root",
    "*", "?[a]", "{x}", "s3://bucket/x", "simplecache::file:///x", "映画", "e\u0301", "\u202e", " ",
    "a" * 200, "映" * 200, "kept.json", "00001", "-rf", "nul\0byte", "line\nbreak",
)  # fmt: skip


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.heavy)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FrameStore:
    if request.param == "folder":
        return FrameStore(Files(LocalFileSystem(), str(tmp_path / "frames")))
    bucket = request.getfixturevalue("s3").bucket()
    return FrameStore.needed(Settings(frame_store=f"s3://{bucket}/frames"))


def test_what_is_kept_is_read_again_however_often_it_is_written(store: FrameStore) -> None:
    what = kept(A, 3)
    keep(store, what)
    keep(store, what)
    assert store.record(MOVIE, A, 1) == what
    assert [store.read(MOVIE, A, slot) for slot in range(4)] == [*map(jpeg, range(3)), None]
    assert [frame_digest(store.read(MOVIE, A, at.slot) or b"") for at, _ in what.frames] == [
        said for _, said in what.frames
    ]


def test_what_has_no_record_is_not_read(store: FrameStore) -> None:
    keep(store, kept(A, 3))
    keep(store, kept(A, 3, generation=2), whole=False)
    assert store.newest(MOVIE, A) == kept(A, 3)
    assert store.read(MOVIE, A, 1) == jpeg(1)
    assert store.read(MOVIE, A, 1, generation=2) == jpeg(1, 2)
    keep(store, kept(A, 2, generation=2))
    assert store.read(MOVIE, A, 1) == jpeg(1, 2)
    assert store.read(MOVIE, B, 1) is None


def test_a_record_that_was_written_half_is_none(store: FrameStore) -> None:
    keep(store, kept(A, 3))
    store._files.write(f"{component(MOVIE)}/{component(A)}/00001", "kept.json", b'{"job": {')
    assert store.record(MOVIE, A, 1) is None
    assert list(store.everything()) == []


def test_a_drop_takes_the_generations_below(store: FrameStore) -> None:
    for generation in (1, 2, 3):
        keep(store, kept(A, 2, generation))
    keep(store, kept(B, 2, 1))
    store.drop(MOVIE, A, 3, AT)
    store.drop(MOVIE, A, 3, AT)
    assert [store.record(MOVIE, A, number) is not None for number in (1, 2, 3)] == [0, 0, 1]
    assert store.of_movie(MOVIE) == (kept(A, 2, 3), kept(B, 2, 1))
    store.drop(MOVIE, A, 9, AT)
    store.drop(MOVIE, B, 9, AT)
    assert store.of_movie(MOVIE) == ()
    assert list(store.everything()) == []


def test_a_drop_leaves_nothing_but_its_note_in_a_folder(tmp_path: Path) -> None:
    store = FrameStore(Files(LocalFileSystem(), str(tmp_path / "frames")))
    keep(store, kept(A, 2))
    keep(store, kept(A, 2, 2), whole=False)
    store.drop(MOVIE, A, 3, AT)
    assert [path.name for path in (tmp_path / "frames").iterdir()] == [".dropped"]
    assert store.prune(datetime.now(UTC) + timedelta(hours=1)) == 0
    assert list((tmp_path / "frames").iterdir()) == []


def test_what_is_written_after_its_drop_is_deleted_at_once(store: FrameStore) -> None:
    """A worker that was paused goes on, or a job comes again."""
    store.write_frame(job(A), 0, jpeg(0))
    store.drop(MOVIE, A, 3, AT)
    for late in (job(A), job(A, 2), job(A, made_ms=0), job(B, 2)):
        with pytest.raises(Dropped):
            store.require_wanted(late)
        with pytest.raises(Dropped):
            store.write_frame(late, 1, jpeg(1))
        name = late.video.video_id
        assert [store.read(MOVIE, name, 1, number) for number in (1, 2)] == [None, None]
    with pytest.raises(Dropped):
        store.write_record(kept(A, 2))
    assert list(store.everything()) == []
    store.drop(MOVIE, A, 2, AT)  # an older drop that comes late takes nothing back
    with pytest.raises(Dropped):
        store.write_frame(job(A, 2), 1, jpeg(1))


def test_a_drop_is_of_older_generations_of_one_movie_and_of_one_kafka(store: FrameStore) -> None:
    store.drop(MOVIE, A, 3, AT)
    begun_anew = job(A, made_ms=AT + 1)  # after `movietag reset` generations count from 1 again
    for wanted in (job(A, 3), job(A, movie=MovieId("other")), begun_anew):
        store.write_frame(wanted, 0, b"x")
        assert store.read(wanted.movie_id, wanted.video.video_id, 0, wanted.generation) == b"x"


def test_prune_takes_what_is_older_whole_or_not(store: FrameStore) -> None:
    keep(store, kept(A, 2))
    keep(store, kept(B, 2), whole=False)
    counted: list[int] = []
    assert store.prune(datetime.now(UTC) - timedelta(hours=1)) == 0
    assert store.read(MOVIE, A, 0) == jpeg(0)
    assert store.prune(datetime.now(UTC) + timedelta(hours=1), counted.append) == 2
    assert counted == [1, 2]
    assert store.prune(datetime.now(UTC) + timedelta(hours=1)) == 0


def test_prune_goes_by_when_the_record_was_written(tmp_path: Path) -> None:
    store = FrameStore(Files(LocalFileSystem(), str(tmp_path)))
    keep(store, kept(A, 2))
    keep(store, kept(B, 2))
    old = tmp_path / component(MOVIE) / component(A) / "00001"
    for file in old.iterdir():
        os.utime(file, (1e9, 1e9))
    assert store.prune(datetime.now(UTC) - timedelta(days=30)) == 1
    assert store.of_movie(MOVIE) == (kept(B, 2),)


def test_other_peoples_files_are_left_alone(tmp_path: Path) -> None:
    store = FrameStore(Files(LocalFileSystem(), str(tmp_path)))
    keep(store, kept(A, 1))
    others = [tmp_path / "notes.txt", tmp_path / "photos" / "2024" / "a.jpg"]
    others.append(tmp_path / component(MOVIE) / component(A) / "readme")
    for path in others:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
    assert store.prune(datetime.now(UTC) + timedelta(hours=1)) == 1
    assert [path.read_text() for path in others] == ["mine"] * 3


# -- names


@pytest.mark.parametrize("identity", HOSTILE)
def test_a_hostile_id_stays_below_the_folder(identity: str, tmp_path: Path) -> None:
    root = tmp_path / "frames"
    (tmp_path / "outside").mkdir()
    store = FrameStore(Files(LocalFileSystem(), str(root)))
    for movie, name in ((identity, "v"), ("m", identity), (identity, identity)):
        store.write_frame(job(name, movie=MovieId(movie)), 0, b"picture")
        assert store.read(MovieId(movie), VideoId(name), 0, 1) == b"picture"
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert all(path.is_relative_to(root) and path.name == "00000.jpg" for path in files)
    assert all(len(path.relative_to(root).parts) == 4 for path in files)
    assert len(files) == 3
    for movie, name in ((identity, "v"), ("m", identity), (identity, identity)):
        store.drop(MovieId(movie), VideoId(name), 2, AT)
    notes = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert all(path.is_relative_to(root / ".dropped") for path in notes)
    assert len(notes) == 2  # a note is of a movie
    assert (tmp_path / "outside").is_dir()


def test_no_two_hostile_ids_share_a_name() -> None:
    assert len({component(identity) for identity in HOSTILE}) == len(HOSTILE)


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_name_is_one_harmless_component_and_tells_ids_apart(one: str, other: str) -> None:
    names = component(one), component(other)
    for name in names:
        assert name.isascii()
        assert 0 < len(name) <= LONGEST
        assert not set(name) & set('/\\*?[]{}:"<>| \0')
        assert not name.startswith((".", "~"))
    assert (names[0] == names[1]) == (one == other)


def test_of_a_forgotten_movie_no_job_is_begun_whatever_its_video(store: FrameStore) -> None:
    store.drop(MOVIE, EVERY_VIDEO, 3, AT)
    with pytest.raises(Dropped):
        store.require_wanted(job(B, 2))
    store.require_wanted(job(B, 3))


# -- stores that misbehave


class Misbehaving(MemoryFileSystem):  # type: ignore[misc]  # fsspec has no types
    """A memory store on which every call raises."""

    protocol = "misbehaving"
    cachable = False

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self._error = error

    def __getattribute__(self, name: str) -> Any:
        if name in {"pipe_file", "cat_file", "ls", "rm", "rm_file", "modified", "makedirs"}:
            raise self._error
        return super().__getattribute__(name)


class NowhereError(Exception):
    """As botocore's: no OSError."""


CALLS: dict[str, Callable[[FrameStore], object]] = {
    "write": lambda store: store.write_frame(job(A), 0, b"x"),
    "record": lambda store: store.write_record(kept(A, 1)),
    "read": lambda store: store.read(MOVIE, A, 0, 1),
    "list": lambda store: list(store.everything()),
    "drop": lambda store: store.drop(MOVIE, A, 9, AT),
    "prune": lambda store: store.prune(datetime.now(UTC)),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ConnectionRefusedError("no"), StoreAway),
        (OSError(28, "No space left on device"), StoreAway),
        (TimeoutError(), StoreAway),
        (NowhereError("EndpointConnectionError"), StoreAway),
        (PermissionError("AccessDenied"), UsageError),
        (NotImplementedError(), UsageError),
        (OSError(30, "Read-only file system"), UsageError),
    ],
)
def test_a_store_that_fails_or_refuses_says_so(
    call: str, error: Exception, told: type[Exception]
) -> None:
    with pytest.raises(told, match="misbehaving:///frames") as caught:
        CALLS[call](FrameStore(Files(Misbehaving(error), "/frames")))
    assert isinstance(caught.value, StoreAway) or "MOVIETAG_FRAME_STORE" in str(caught.value)


def test_a_file_where_the_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "frames").write_text("a file")
    with pytest.raises(UsageError, match="cannot hold frames"):
        FrameStore(Files(LocalFileSystem(), str(tmp_path / "frames"))).write_about()


# -- the setting


def test_a_setting_that_names_no_store_is_told() -> None:
    assert FrameStore.from_settings(Settings(frame_store="")) is None
    with pytest.raises(UsageError, match="Frames are not stored"):
        FrameStore.needed(Settings(frame_store=""))
    for setting, said in (
        ("frames", "absolute path"),
        ("./frames", "absolute path"),
        ("nosuch://bucket/frames", "nosuch"),
        ("smb://host/share", "smb"),
    ):
        with pytest.raises(UsageError, match=said):
            FrameStore.from_settings(Settings(frame_store=setting))


def test_a_folder_and_a_url_are_stores(tmp_path: Path) -> None:
    for setting in (str(tmp_path / "frames"), f"file://{tmp_path}/frames", "memory://frames"):
        store = FrameStore.needed(Settings(frame_store=setting))
        store.write_about()
        assert store.of_movie(MOVIE) == ()
    assert "copyrighted" in (tmp_path / "frames" / "about.txt").read_text()


def test_a_full_disk_is_named_and_gets_no_fuller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(_: object, path: str, data: bytes, **__: object) -> None:
        Path(path).write_bytes(data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    files = Files.at(str(tmp_path))
    with monkeypatch.context() as patched:
        patched.setattr(LocalFileSystem, "pipe_file", half)
        with pytest.raises(
            StoreAway, match=r"disk of the frame store .* is full .*Make room there"
        ):
            files.write("", "0001.jpg", b"a frame")
    assert list(tmp_path.iterdir()) == []
    files.write("", "0001.jpg", b"a frame")
    assert files.read("0001.jpg") == b"a frame"
