"""Where a stack lies, as a user and as root."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.errors import UsageError
from movietag.settings import Settings
from movietag.settings.home import (
    NOBODY,
    ROOT_CACHE,
    ROOT_DATA,
    home_layout,
    make_home,
    open_to_others,
    private_folder,
    socket_path,
)


@given(st.integers(1, 400))
def test_a_socket_path_always_fits_into_a_socket_address(length: int) -> None:
    socket = socket_path(Path("/", "h" * min(length, 250), "x" * max(1, length - 250)))
    assert len(f"{socket}.4194304".encode()) <= 107


def test_homes_with_long_paths_have_sockets_of_their_own() -> None:
    long = Path("/", "h" * 120)
    assert socket_path(long / "a") != socket_path(long / "b")


def test_a_user_has_everything_in_home_and_cache(tmp_path: Path) -> None:
    where = home_layout(Settings(home=tmp_path / "home", cache=tmp_path / "cache"), root=False)
    assert where.search == tmp_path / "home" / "elasticsearch"
    assert where.cache == tmp_path / "cache"
    assert where.search_user is None


def test_root_keeps_elasticsearch_below_var_where_home_is_closed(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    where = home_layout(Settings(home=closed / "home", cache=closed / "cache"), root=True)
    assert where.search.parent == ROOT_DATA
    assert where.cache == ROOT_CACHE
    assert where.search_user == NOBODY
    assert where.kafka == closed / "home" / "kafka"  # the rest stays


def test_root_keeps_everything_in_an_open_home() -> None:
    where = home_layout(Settings(home=Path("/srv/movietag"), cache=Path("/srv/cache")), root=True)
    assert where.search == Path("/srv/movietag/elasticsearch")
    assert where.cache == Path("/srv/cache")


@pytest.fixture
def in_the_open() -> Iterator[Path]:
    """A folder to which everybody may pass, unlike pytest's."""
    with TemporaryDirectory(prefix="movietag-places-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_home_is_for_its_user_alone(in_the_open: Path) -> None:
    where = home_layout(Settings(home=in_the_open / "home"), root=False)
    for mode in (None, 0o755):  # a new one, and one of an earlier version
        if mode:
            where.home.chmod(mode)
            where.run.chmod(mode)
        make_home(where)
        assert stat.S_IMODE(where.home.stat().st_mode) == 0o700
        assert stat.S_IMODE(where.run.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another user pass")
def test_roots_home_lets_elasticsearch_pass_and_nobody_else(in_the_open: Path) -> None:
    settings = Settings(home=in_the_open / "home")
    where = home_layout(settings, root=True)
    make_home(where)
    status = where.home.stat()
    assert (status.st_uid, status.st_gid) == (0, NOBODY)
    assert stat.S_IMODE(status.st_mode) == 0o710
    where.search.mkdir()
    assert home_layout(settings, root=True).search == where.search == where.home / "elasticsearch"
    within = home_layout(Settings(home=where.home / "demo"), root=True)  # as the demo's home lies
    assert within.search == where.home / "demo" / "elasticsearch"


def test_roots_data_stays_where_it_lies(in_the_open: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("movietag.settings.home.ROOT_DATA", in_the_open / "var")
    settings = Settings(home=in_the_open / "closed" / "home")
    (in_the_open / "closed").mkdir(mode=0o700)
    outside = home_layout(settings, root=True).search
    outside.mkdir(parents=True)
    (in_the_open / "closed").chmod(0o755)
    assert home_layout(settings, root=True).search == outside


def test_a_folder_of_everybody_is_no_home(in_the_open: Path) -> None:
    in_the_open.chmod(0o1777)
    with pytest.raises(UsageError, match="other users may write"):
        make_home(home_layout(Settings(home=in_the_open), root=False))
    assert stat.S_IMODE(in_the_open.stat().st_mode) == 0o1777


def test_a_folder_is_open_only_if_all_above_it_are(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    (closed / "open").mkdir(parents=True)
    closed.chmod(0o700)
    assert not open_to_others(closed / "open" / "not-there-yet")
    assert open_to_others(Path("/usr/not-there-yet"))


def test_a_private_folder_is_closed_to_others(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir(mode=0o777)
    private_folder(folder)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_private_folder_must_not_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "run").symlink_to(tmp_path)
    with pytest.raises(PermissionError, match="belongs to another user"):
        private_folder(tmp_path / "run")
