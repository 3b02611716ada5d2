"""The rows of a ledger in files: what they answer, and what happens when the disk does not take them."""

from __future__ import annotations

import os
import random
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.records import MOVIE

from movietag.errors import MachineError
from movietag.records import MovieId
from movietag.streams.ledger import page_store
from movietag.streams.ledger.page_store import PageStore
from movietag.streams.ledger.pages import page_key

OTHER = MovieId("heat-1986-00000000")
LONGER = MovieId(MOVIE + "0")  # begins as another movie's id
UMLAUT = MovieId("ä")
MOVIES = (MOVIE, OTHER, LONGER, UMLAUT)


def test_pages_are_found_by_movie_and_counted(tmp_path: Path) -> None:
    pages = PageStore(tmp_path)
    first, second = page_key(MOVIE, "w", 1), page_key(MOVIE, "w", 2)
    pages.put(0, [(first, b"one"), (second, b"two")])
    pages.put(0, [(second, b"two")])  # read again
    pages.put(1, [(page_key(OTHER, "w", 3), b"three")])
    pages.put(0, [(b"|opened", b""), (b"", b"")])  # the mark of a ledger in use belongs to no movie
    assert pages.of(0, MOVIE) == {first: b"one", second: b"two"}
    assert pages.keys(0, MOVIE) == {first, second}
    assert not pages.of(1, MOVIE)
    assert not pages.of(2, MOVIE)
    assert pages.rows == 3
    pages.put(0, [(first, None), (first, None)])
    pages.put(0, [(page_key(OTHER, "w", 9), None)])  # its page was compacted away before
    assert pages.of(0, MOVIE) == {second: b"two"}
    pages.keep([0])
    assert (pages.rows, pages.size) == (1, len(second) + len(b"two"))
    pages.put(0, [(second, None)])
    assert (pages.rows, pages.size) == (0, 0)


class InMemory:
    """What a store must answer: dictionaries."""

    def __init__(self) -> None:
        self.partitions: dict[int, dict[bytes, bytes]] = {}

    def put(self, partition: int, rows: list[tuple[bytes, bytes | None]]) -> None:
        pages = self.partitions.setdefault(partition, {})
        for key, page in rows:
            if page is None:
                pages.pop(key, None)
            else:
                pages[key] = page

    def of(self, partition: int, movie_id: MovieId) -> dict[bytes, bytes]:
        pages = self.partitions.get(partition, {})
        return {
            key: page for key, page in pages.items() if key.partition(b"|")[0] == movie_id.encode()
        }


KEYS = st.builds(page_key, st.sampled_from(MOVIES), st.sampled_from(["v", "w"]), st.integers(0, 3))
ROWS = st.lists(st.tuples(KEYS, st.none() | st.binary(max_size=40_000)), max_size=8)
STEPS = st.lists(st.tuples(st.integers(0, 2), ROWS) | st.sets(st.integers(0, 2)), max_size=12)


@given(steps=STEPS)
@settings(deadline=None, max_examples=150)
def test_a_store_answers_as_dictionaries_do(
    steps: list[tuple[int, list[tuple[bytes, bytes | None]]] | set[int]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Rows that are written, repeated, replaced and deleted, and partitions that go and come back."""
    store, model = PageStore(tmp_path_factory.getbasetemp()), InMemory()
    for step in steps:
        if isinstance(step, set):
            store.keep(step)
            model.partitions = {at: model.partitions[at] for at in model.partitions if at in step}
        else:
            store.put(*step)
            model.put(*step)
        for partition in range(3):
            for movie in MOVIES:
                assert store.of(partition, movie) == model.of(partition, movie)
                assert store.keys(partition, movie) == model.of(partition, movie).keys()
        every = [row for pages in model.partitions.values() for row in pages.items()]
        assert (store.rows, store.size) == (len(every), sum(len(k) + len(p) for k, p in every))
    store.keep([])


def test_memory_does_not_grow_with_the_pages(tmp_path: Path) -> None:
    """100,000 movies of 50 slots took 394 MB."""
    store, page = PageStore(tmp_path), os.urandom(2300)
    before = psutil.Process().memory_info().rss
    numbers = list(range(60_000))
    random.Random(1).shuffle(numbers)
    for start in range(0, len(numbers), 5000):
        store.put(
            start % 8,
            [
                (page_key(MovieId(f"movie-{at:x}"), "w", at), b"%d" % at + page)
                for at in numbers[start : start + 5000]
            ],
        )
    grown = psutil.Process().memory_info().rss - before
    assert store.size > 130 << 20
    assert grown < store.size / 4
    assert store.of(0, MovieId(f"movie-{numbers[0]:x}"))
    store.keep([])


def opened(folder: Path) -> list[Path]:
    """The open files of this process that lay in a folder, as paths by which they can be written."""
    files = []
    for file in Path("/proc/self/fd").iterdir():
        with_name = str(file.readlink()) if file.is_symlink() else ""
        if with_name.startswith(f"{folder}/"):
            files.append(file)
    return files


def test_a_file_is_gone_with_its_process_and_with_its_partition(tmp_path: Path) -> None:
    store = PageStore(tmp_path / "made")
    for partition in (0, 1):
        store.put(partition, [(page_key(MOVIE, "w", 1), b"one")])
    assert list((tmp_path / "made").iterdir()) == []  # nothing is left to a kill -9
    assert [file.stat().st_mode & 0o777 for file in opened(tmp_path / "made")] == [0o600, 0o600]
    store.keep([1])
    assert len(opened(tmp_path / "made")) == 1
    store.put(0, [])
    assert not store.of(0, MOVIE)


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file of this process may grow beyond a size."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_rows_that_the_disk_does_not_take_are_refused_as_a_whole_and_taken_later(
    tmp_path: Path,
) -> None:
    store, page = PageStore(tmp_path), os.urandom(9000)
    first = (page_key(MOVIE, "w", 1), b"one")
    store.put(0, [first])
    before = store.rows, store.size
    many = [
        (first[0], None),
        *((page_key(OTHER, "w", number), page) for number in range(500)),
    ]
    with full_disk(1 << 20):
        for _ in range(2):
            with pytest.raises(MachineError, match=f"cannot use its file in {tmp_path}") as error:
                store.put(0, many)
            assert error.value.kind == "disk-full"
        assert (store.rows, store.size) == before
        assert store.of(0, MOVIE) == dict([first])
        assert not store.of(0, OTHER)
    store.put(0, many)
    assert store.rows == 500
    assert not store.of(0, MOVIE)


def test_a_folder_that_takes_no_file_is_this_machines_fault(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MachineError, match="MOVIETAG_HOME"):
        PageStore(tmp_path / "file").put(0, [(page_key(MOVIE, "w", 1), b"one")])


def test_a_damaged_file_ends_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one fills a new file: no page is ever missing unnoticed."""
    left: list[int] = []
    monkeypatch.setattr(page_store, "leave", left.append)
    store, page = PageStore(tmp_path), os.urandom(3000)
    store.put(0, [(page_key(MovieId(f"m{at}"), "w", at), page) for at in range(3000)])
    (file,) = opened(tmp_path)
    with file.open("r+b") as damaged:
        damaged.seek(page_store.BLOCK_BYTES)
        damaged.write(os.urandom(file.stat().st_size - page_store.BLOCK_BYTES))

    def read_all() -> None:
        for at in range(3000):
            assert store.of(0, MovieId(f"m{at}")), "a page is missing, and nobody was told"

    with pytest.raises(MachineError):
        read_all()
    assert left == [1]
