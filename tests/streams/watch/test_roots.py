"""Roots that a worker lacks: said in its log once, and in its state until they are there."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from movietag.streams.watch.roots import RootsWatch


async def test_a_root_that_is_not_there_is_reported_until_it_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    there, absent, file = tmp_path / "there", tmp_path / "absent", tmp_path / "file"
    there.mkdir()
    file.touch()
    roots = RootsWatch([there, absent, file])
    with caplog.at_level(logging.WARNING, logger="movietag"):
        await roots.look()
        await roots.look()
    assert [text.split()[1] for text in roots.missing] == [str(absent), str(file)]
    assert "Mount it there as on all other workers." in roots.missing[0]
    assert caplog.messages == roots.missing  # once
    absent.mkdir()
    await roots.look()
    assert [text.split()[1] for text in roots.missing] == [str(file)]
    await RootsWatch([]).watch()  # nothing to watch
