"""Weights are read once in a process, and anew when the file may be another."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from movietag.captioning import file_digests
from movietag.captioning.file_digests import file_digest

OLD = 10**9  # seconds since 1970


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that nobody has just written, as far as its times of content say."""
    monkeypatch.setattr(file_digests, "_FRESH", 0)
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"weights")
    os.utime(path, (OLD, OLD))
    return path


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_file_is_read_once(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert file_digest(weights) == digest(b"weights")
    monkeypatch.setattr(hashlib, "file_digest", None)  # a second reading would fail
    assert file_digest(weights) == digest(b"weights")


def test_a_changed_file_is_read_again(weights: Path) -> None:
    file_digest(weights)
    weights.write_bytes(b"WEIGHTS")  # of the same size
    os.utime(weights, (OLD, OLD))  # and, as far as can be set, of the same time
    assert file_digest(weights) == digest(b"WEIGHTS")


def test_another_file_in_its_place_is_read_again(weights: Path, tmp_path: Path) -> None:
    file_digest(weights)
    other = tmp_path / "other"
    other.write_bytes(b"WEIGHTS")
    os.utime(other, (OLD, OLD))
    other.replace(weights)
    assert file_digest(weights) == digest(b"WEIGHTS")


def test_what_was_just_written_is_not_trusted(tmp_path: Path) -> None:
    """Within a tick of the clock a second change would show in no time."""
    path = tmp_path / "new"
    path.write_bytes(b"one")
    assert file_digest(path) == digest(b"one")
    assert path.absolute() not in file_digests._known
