"""A frame store in S3, over HTTP: what it costs, faults that pass, and what is reported of others."""

from __future__ import annotations

import pytest
from fsspec.config import conf
from stored_frames import AT, A, B, job, jpeg, keep, kept
from support.records import MOVIE
from support.s3_server import Fault, S3Server

from movietag.errors import UsageError
from movietag.frames.store import FrameStore, StoreAway
from movietag.records import EVERY_VIDEO, MovieId
from movietag.settings import Settings

pytestmark = pytest.mark.heavy  # moto alone takes a second to import


@pytest.fixture
def store(s3: S3Server) -> FrameStore:
    return FrameStore.needed(Settings(frame_store=f"s3://{s3.bucket()}/frames"))


def test_a_frame_is_read_by_one_request(store: FrameStore, s3: S3Server) -> None:
    keep(store, kept(A, 2))
    s3.forget()
    assert store.read(MOVIE, A, 1, 1) == jpeg(1)
    assert s3.counts == {"GET": 1}


PASSING: tuple[Fault, ...] = ("error", "slow-down", "reset", "cut")


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_is_not_noticed(store: FrameStore, s3: S3Server, fault: Fault) -> None:
    s3.faults = [fault]
    keep(store, kept(A, 2))
    assert store.of_movie(MOVIE) == (kept(A, 2),)
    s3.faults = [fault]
    assert store.read(MOVIE, A, 1) == jpeg(1)
    s3.faults = [fault]
    store.drop(MOVIE, A, 2, AT)
    assert not s3.faults
    assert store.of_movie(MOVIE) == ()


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_stays_is_reported_after_a_few_requests(
    store: FrameStore, s3: S3Server, fault: Fault
) -> None:
    keep(store, kept(A, 2))
    s3.forget()
    s3.always = fault
    with pytest.raises(StoreAway, match=f"frame store {store.url} fails to read"):
        store.read(MOVIE, A, 1, 1)
    assert 2 <= len(s3.requests) <= 6
    s3.forget()
    assert store.read(MOVIE, A, 1, 1) == jpeg(1)


def test_a_server_that_is_not_there_is_reported(
    store: FrameStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setitem(conf, "s3", {"skip_instance_cache": True})
    away = FrameStore.needed(Settings(frame_store=store.url))
    with pytest.raises(StoreAway, match="Could not connect"):
        away.write_about()


def test_a_server_that_hangs_is_asked_again(
    store: FrameStore, s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        conf, "s3", {"config_kwargs": {"read_timeout": 0.5}, "skip_instance_cache": True}
    )
    hasty = FrameStore.needed(Settings(frame_store=store.url))
    keep(store, kept(A, 1))
    s3.forget()
    s3.faults = ["hang", "hang"]
    assert hasty.read(MOVIE, A, 0, 1) == jpeg(0)
    assert s3.counts == {"GET": 3}


def test_no_bucket_is_made_for_a_name_that_is_mistyped(s3: S3Server) -> None:
    store = FrameStore.needed(Settings(frame_store="s3://bukcet/frames"))
    for _ in range(2):
        with pytest.raises(UsageError, match="s3://bukcet/frames does not exist"):
            store.write_about()


def test_what_is_set_for_fsspec_goes_before_ours(
    store: FrameStore, s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = {
        "endpoint_url": "http://127.0.0.1:9",
        "config_kwargs": {"retries": {"max_attempts": 0}},
    }
    monkeypatch.setitem(conf, "s3", theirs)
    set_elsewhere = FrameStore.needed(Settings(frame_store=store.url))
    with pytest.raises(StoreAway, match=r"127\.0\.0\.1:9"):
        set_elsewhere.read(MOVIE, A, 0, 1)
    assert not s3.requests


def test_stores_of_two_prefixes_are_apart(s3: S3Server) -> None:
    bucket = s3.bucket()
    one, other = (
        FrameStore.needed(Settings(frame_store=f"s3://{bucket}/{name}")) for name in ("a", "a/b")
    )
    keep(one, kept(A, 1))
    keep(other, kept(B, 1))
    assert other.of_movie(MOVIE) == (kept(B, 1),)
    assert one.of_movie(MOVIE) == (kept(A, 1),)


def test_a_frame_is_written_by_two_requests_however_many_movies_were_dropped(
    store: FrameStore, s3: S3Server
) -> None:
    for number in range(3):
        store.drop(MovieId(f"m{number}"), EVERY_VIDEO, 2, AT)
    s3.forget()
    store.write_frame(job(A), 0, jpeg(0))
    assert s3.counts == {"PUT": 1, "LIST": 1}


def test_a_movie_is_read_by_one_listing_and_its_records(store: FrameStore, s3: S3Server) -> None:
    for number in range(3):
        for name in (A, B):
            keep(store, kept(name, 2, movie=MovieId(f"m{number}")))
            keep(store, kept(name, 2, 2, movie=MovieId(f"m{number}")))
    s3.forget()
    assert [one.manifest.generation for one in store.of_movie(MovieId("m1"))] == [2, 2]
    assert s3.counts == {"LIST": 1, "GET": 2}
    s3.forget()
    assert len(list(store.everything())) == 3
    assert s3.counts == {"LIST": 1 + 3, "GET": 6}
    s3.forget()
    assert store.of_movie(MovieId("nobody")) == ()
    assert s3.counts == {"LIST": 1}


def test_files_that_the_bucket_does_not_delete_are_reported(
    store: FrameStore, s3: S3Server
) -> None:
    keep(store, kept(A, 2))
    s3.faults = ["none", "none", "none", "undeletable"]
    with pytest.raises(StoreAway, match=r"still has 2 files .* lack the right to delete"):
        store.drop(MOVIE, A, 2, AT)
    store.drop(MOVIE, A, 2, AT)
    assert store.of_movie(MOVIE) == ()


def test_a_bucket_that_keeps_versions_is_known(store: FrameStore, s3: S3Server) -> None:
    assert not store.keeps_versions()
    versioned = FrameStore.needed(Settings(frame_store=f"s3://{s3.bucket(versioned=True)}/frames"))
    assert versioned.keeps_versions()
    s3.always = "forbidden"
    assert not versioned.keeps_versions()
