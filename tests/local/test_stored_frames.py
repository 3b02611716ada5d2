"""What doctor says of the frame store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.s3_server import S3Server, s3_server

from movietag.local import stored_frames as checking
from movietag.local.findings import CheckResult, Finding
from movietag.local.stored_frames import stored_frames
from movietag.settings import Settings


@pytest.fixture
def s3() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


def found(store: str) -> Finding:
    return stored_frames(Settings(frame_store=store))


def test_a_folder_and_no_store_are_fine(tmp_path: Path) -> None:
    assert found("").verdict is CheckResult.OK
    assert found(str(tmp_path)).verdict is CheckResult.OK
    assert list(tmp_path.iterdir()) == []


def test_a_setting_that_names_no_store_is_missing() -> None:
    assert found("frames").verdict is CheckResult.MISSING


@pytest.mark.heavy
def test_a_bucket_that_keeps_versions_is_named(
    s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found(f"s3://{s3.bucket()}/frames").verdict is CheckResult.OK
    versioned = f"s3://{s3.bucket(versioned=True)}/frames"
    told = found(versioned)
    assert told.verdict is CheckResult.NOTE
    assert f"{versioned} keeps versions" in told.remedy
    assert "lifecycle" in told.remedy
    s3.always = "hang"
    monkeypatch.setattr(checking, "SECONDS", 0.3)
    assert "has not answered for 0.3 s" in found(versioned).found
