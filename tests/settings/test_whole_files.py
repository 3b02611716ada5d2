"""Files are written whole: synced before they replace the one before, with their permissions from the start."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from movietag.files import replacing, write_whole


def test_a_file_is_synced_before_it_is_renamed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path, steps = tmp_path / "file", []
    rename = Path.replace

    def replace(part: Path, target: Path) -> Path:
        steps.append("rename")
        return rename(part, target)

    monkeypatch.setattr(os, "fsync", lambda _: steps.append("sync"))
    monkeypatch.setattr(Path, "replace", replace)
    write_whole(path, b"one")
    with replacing(path) as part:
        part.write_bytes(b"two")
    assert steps == ["sync", "rename", "sync", "rename"]
    assert path.read_bytes() == b"two"


def test_a_secret_is_never_readable_for_others(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    (tmp_path / f".secret.{os.getpid()}.part").write_text("of a killed process that had this id")
    write_whole(path, b"new", 0o600)
    assert (path.stat().st_mode & 0o777, path.read_bytes()) == (0o600, b"new")
    assert list(tmp_path.iterdir()) == [path]
