"""What `make real-film` downloads is compared with its hash, and its sheet shows every slot."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from movietag.errors import TransientError, UsageError
from movietag.frames.jpeg import encode_jpeg
from tools.real_film import fetching
from tools.real_film.sheet import COLUMNS, Cell, contact_sheet

BYTES = b"a film"


def package(folder: Path, member: str = fetching.MEMBER) -> Path:
    """A source package as the real one is laid out."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr(member, BYTES)
    path = folder / "moviepy-2.2.1.tar.gz"
    with tarfile.open(path, "w:gz") as source:
        info = tarfile.TarInfo(fetching.ARCHIVE)
        info.size = len(inner.getvalue())
        source.addfile(info, io.BytesIO(inner.getvalue()))
    return path


def test_only_the_film_of_the_hash_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "_downloaded", package)
    with pytest.raises(UsageError, match="another film"):
        fetching.film(tmp_path)
    assert not (tmp_path / fetching.FILM).exists()
    monkeypatch.setattr(fetching, "FILM_SHA256", hashlib.sha256(BYTES).hexdigest())
    assert fetching.film(tmp_path).read_bytes() == BYTES


def test_a_film_that_is_there_is_not_downloaded_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / fetching.FILM).write_bytes(BYTES)
    monkeypatch.setattr(fetching, "FILM_SHA256", hashlib.sha256(BYTES).hexdigest())

    def away(folder: Path) -> Path:
        raise TransientError("the index is unreachable")

    monkeypatch.setattr(fetching, "_downloaded", away)
    assert fetching.film(tmp_path).read_bytes() == BYTES
    (tmp_path / fetching.FILM).write_bytes(b"half of it")
    with pytest.raises(TransientError):
        fetching.film(tmp_path)


def test_a_package_without_the_film_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "_downloaded", lambda folder: package(folder, "other.mp4"))
    with pytest.raises(UsageError, match="holds no"):
        fetching.film(tmp_path)


def test_the_sheet_has_a_cell_for_every_slot() -> None:
    red = encode_jpeg(np.full((90, 160, 3), (0, 0, 255), np.uint8), 90)
    cells = [Cell(n, float(n), red, "A café, at night.", ("noir",), "") for n in range(COLUMNS)]
    cells.append(Cell(COLUMNS, None, None, "", (), "dark"))
    png = contact_sheet(cells, "heading")
    with Image.open(io.BytesIO(png)) as sheet:
        assert sheet.size == (1648, 40 + 2 * 280 + 8)
        assert [sheet.getpixel((160 + 328 * n, 100))[0] > 200 for n in range(COLUMNS)] == [True] * 5  # type: ignore[index]
        assert sheet.getpixel((160, 400)) == (255, 255, 255)
