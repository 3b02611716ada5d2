"""Extras can be installed together, in any order."""

from __future__ import annotations

import tomllib
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]


def test_s3_leaves_datasets_the_fsspec_that_it_takes() -> None:
    """s3fs wants fsspec of its own version: pip would exchange it under an installed datasets, which takes no newer."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    (ours,) = [Requirement(one) for one in extras["s3"]]
    newest = next(one.version for one in ours.specifier if one.operator == "<=")
    (theirs,) = [
        one
        for one in map(Requirement, requires("datasets") or ())
        if one.name == "fsspec" and one.marker is None
    ]
    assert newest in theirs.specifier
    assert newest in ours.specifier


def test_the_lock_holds_all_extras() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    makefile = (ROOT / "Makefile").read_text()
    (line,) = [
        part for part in makefile.replace("\\\n", " ").splitlines() if part.startswith("EXTRAS =")
    ]
    assert {word for word in line.split()[2:] if word != "--extra"} == set(extras)
