"""Programs out of Debian's packages, which are fetched and opened, not installed."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from tools.running import needed, said


def debian_program(name: str, package: str, cache: Path) -> Path:
    """The path of a program: the one on PATH, or Debian's in the cache, put there when it is first wanted.

    Raises:
        UsageError: there is neither the program nor apt-get and dpkg-deb.
        TransientError: the package cannot be fetched.
    """
    if found := shutil.which(name):
        return Path(found)
    path = cache / name
    if path.exists():
        return path
    apt = needed("apt-get", f"there is no {name} here, and Debian's package {package} has one")
    unpack = needed("dpkg-deb", f"it opens Debian's package {package}")
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        said([apt, "download", "--quiet", package], folder=Path(folder))
        (file,) = Path(folder).glob("*.deb")
        said([unpack, "--extract", file, Path(folder) / "root"])
        (Path(folder) / "root" / "usr" / "bin" / name).rename(path)
    return path
