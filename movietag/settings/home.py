"""The layout of one embedded stack on disk: derived from the settings, never stored.

Data and logs are in ``home``, which only its user may enter, downloaded servers in ``cache``. Elasticsearch
refuses to run as root, so root starts it as the user ``nobody``, who must be able to reach its files: root's
``home`` lets the group of that user traverse it, and no one else. If ``home`` or ``cache`` is below a folder
closed to others (e.g. /root), those files are below /var instead.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from movietag.errors import UsageError
from movietag.settings import Settings

NOBODY = 65534
ROOT_CACHE = Path("/var/cache/movietag")
ROOT_DATA = Path("/var/lib/movietag")
# A socket's path may have 107 bytes (unix(7)); supervisord first binds "<path>.<pid>".
SOCKET_LIMIT = 107 - len(".4194304")


@dataclass(frozen=True, slots=True)
class HomeLayout:
    """The folders and files of one stack; ``search`` holds what Elasticsearch writes."""

    home: Path
    cache: Path
    search: Path
    socket: Path
    search_user: int | None  # the uid that Elasticsearch runs as; None: the user's own

    @property
    def logs(self) -> Path:
        """Folder of the logs, one per part."""
        return self.home / "logs"

    @property
    def run(self) -> Path:
        """Folder of what matters only while the stack runs."""
        return self.home / "run"

    @property
    def conf(self) -> Path:
        """The supervisor's configuration."""
        return self.home / "supervisord.conf"

    @property
    def kafka(self) -> Path:
        """Kafka's configuration and data."""
        return self.home / "kafka"

    @property
    def triton(self) -> Path:
        """Triton's model repository and backends."""
        return self.home / "triton"

    def log(self, name: str) -> Path:
        """The log of the part ``name``."""
        return self.logs / f"{name}.log"


def home_layout(settings: Settings, *, root: bool | None = None) -> HomeLayout:
    """Derive the layout of the stack of these settings.

    Args:
        settings: ``home`` and ``cache`` are read.
        root: whether the stack runs as root; default: whether this process does.
    """
    as_root = os.geteuid() == 0 if root is None else root
    home = settings.home.expanduser().absolute()
    cache = (settings.cache or user_cache_path("movietag") / "cache").expanduser().absolute()
    search = home / "elasticsearch"
    if as_root:
        cache = cache if open_to_others(cache) else ROOT_CACHE
        outside = ROOT_DATA / f"elasticsearch-{_short(home)}"
        there = search.exists() or not outside.exists()  # existing data is not moved
        search = search if open_to_others(home.parent) and there else outside
    return HomeLayout(
        home=home,
        cache=cache,
        search=search,
        socket=socket_path(home),
        search_user=NOBODY if as_root else None,
    )


def open_to_others(path: Path) -> bool:
    """Whether the user ``nobody`` can traverse every folder from / to ``path`` (missing ones will allow it)."""
    return all(_passes(folder.stat()) for folder in (path, *path.parents) if folder.exists())


def _passes(status: os.stat_result) -> bool:
    of_group = status.st_gid == NOBODY and status.st_mode & stat.S_IXGRP
    return bool(of_group or status.st_mode & stat.S_IXOTH)


def socket_path(home: Path) -> Path:
    """The supervisor's socket: below ``home``, or in a private folder if that path is too long."""
    wanted = home / "run" / "supervisor.sock"
    if len(os.fsencode(wanted)) <= SOCKET_LIMIT:
        return wanted
    return Path(tempfile.gettempdir()) / f"movietag-{os.geteuid()}-{_short(home)}" / "s.sock"


def make_home(where: HomeLayout) -> None:
    """Create the home and its folder ``run``, for this user alone; stages without a stack do so, too.

    Raises:
        UsageError: other users may write to the folder: it is not movietag's own.
        OSError: it cannot be created, or belongs to another user.
    """
    where.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    if where.home.stat().st_mode & stat.S_IWOTH:
        raise UsageError(
            f"MOVIETAG_HOME is {where.home}, where other users may write: choose a folder of movietag's own."
        )
    passed = where.search_user is not None and where.search.is_relative_to(where.home)
    if passed:  # by Elasticsearch's user alone, which may not list it
        os.chown(where.home, -1, NOBODY)
    private_folder(where.home, 0o710 if passed else 0o700)
    private_folder(where.run)


def private_folder(path: Path, mode: int = 0o700) -> None:
    """Create a folder that only this user may enter; refuse one that another user created.

    Raises:
        PermissionError: it belongs to another user (possible in a shared temporary folder).
    """
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    status = path.lstat()
    if status.st_uid != os.geteuid() or not stat.S_ISDIR(status.st_mode):
        raise PermissionError(f"{path} belongs to another user; remove it")
    if stat.S_IMODE(status.st_mode) != mode:
        path.chmod(mode)


def _short(home: Path) -> str:
    return hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
