"""Where Python finds what a child imports: folders of code and libraries, without other files of the user."""

from __future__ import annotations

import site
import stat
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

OURS: Final = Path(__file__).resolve().parents[1]
# Where the dynamic linker searches for the libraries of extension modules.
LIBRARIES: Final = tuple(map(Path, ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib")))


@cache
def import_folders(python_path: str) -> tuple[Path, ...]:
    """The folders that a child may read completely. Blocks for about 30 ms, the first time.

    Args:
        python_path: PYTHONPATH, which a child inherits. Of a folder on its path that contains our own package,
            e.g. a checkout, only the package is included: secrets may be next to it.
    """
    installed = {Path(one).resolve() for one in _installed()}
    others = {Path(one).resolve() for one in _searched(python_path)} - installed
    others = {one for one in others if one / OURS.name != OURS}
    return tuple(sorted(one for one in {OURS, *LIBRARIES, *installed, *others} if one.exists()))


def _installed() -> Iterator[str]:
    yield from (sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    yield from site.getsitepackages()
    yield str(Path(sys.base_prefix) / "lib")


def _searched(python_path: str) -> list[str]:
    """The path that a child's Python searches, which only that can tell: ``.pth`` files extend it.

    The path of this process differs: it may include the folder in which the user started it.
    """
    code = "import sys; print(*sys.path, sep='\\0')"
    environment = {"PYTHONPATH": python_path} if python_path else {}
    command = [sys.executable, "-P", "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return [one for one in done.stdout.rstrip("\n").split("\0") if one]


@cache
def readable_by_all(path: Path) -> bool:
    """Whether an account without any rights can read a file, or a folder and its direct content."""
    entries = path.iterdir() if path.is_dir() and _open_to_all(path) else ()
    return enterable_by_all(path.parent) and _open_to_all(path) and all(map(_open_to_all, entries))


def enterable_by_all(folder: Path) -> bool:
    """Whether such an account can traverse a folder, by its real path."""
    real = folder.resolve()
    return all(one.stat().st_mode & 0o001 for one in (real, *real.parents))


def _open_to_all(path: Path) -> bool:
    """Whether all users may read a file, or list and enter a folder; a missing one restricts no one."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return True
    wanted = 0o005 if stat.S_ISDIR(mode) else 0o004
    return mode & wanted == wanted
