"""Where a stack lies, as a user and as root."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.local.places import (
    NOBODY,
    ROOT_CACHE,
    ROOT_DATA,
    open_to_others,
    places,
    private_folder,
    socket_path,
)
from movietag.settings import Settings


@given(st.integers(1, 400))
def test_a_socket_path_always_fits_into_a_socket_address(length: int) -> None:
    socket = socket_path(Path("/", "h" * min(length, 250), "x" * max(1, length - 250)))
    assert len(f"{socket}.4194304".encode()) <= 107


def test_homes_with_long_paths_have_sockets_of_their_own() -> None:
    long = Path("/", "h" * 120)
    assert socket_path(long / "a") != socket_path(long / "b")


def test_a_user_has_everything_in_home_and_cache(tmp_path: Path) -> None:
    where = places(Settings(home=tmp_path / "home", cache=tmp_path / "cache"), root=False)
    assert where.search == tmp_path / "home" / "elasticsearch"
    assert where.cache == tmp_path / "cache"
    assert where.search_user is None


def test_root_keeps_elasticsearch_below_var_where_home_is_closed(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    where = places(Settings(home=closed / "home", cache=closed / "cache"), root=True)
    assert where.search.parent == ROOT_DATA
    assert where.cache == ROOT_CACHE
    assert where.search_user == NOBODY
    assert where.kafka == closed / "home" / "kafka"  # the rest stays


def test_root_keeps_everything_in_an_open_home() -> None:
    where = places(Settings(home=Path("/srv/movietag"), cache=Path("/srv/cache")), root=True)
    assert where.search == Path("/srv/movietag/elasticsearch")
    assert where.cache == Path("/srv/cache")


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
    with pytest.raises(PermissionError, match="belongs to somebody else"):
        private_folder(tmp_path / "run")
