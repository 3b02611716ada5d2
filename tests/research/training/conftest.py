from __future__ import annotations

from pathlib import Path

import pytest
from research.training.stills import stills

from movietag.research.evaluation.tables import Reference
from movietag.research.training.choosing import DatasetChoices
from movietag.research.training.dataset import build_dataset
from movietag.research.training.sources import FolderSource

MOVIES = {
    "Moonlit Harbor (1998)": ("gothic", "mystery"),
    "Silver Creek (1962)": ("western", "action"),
    "Paper Sun (2016)": ("comedy", "fantasy"),
}


@pytest.fixture(scope="session")
def still_frames(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Reference]:
    """A folder of three movies with eight stills each, what each still shows, and the reference."""
    root = tmp_path_factory.mktemp("stills")
    return root, stills(root, MOVIES, frames=8)


@pytest.fixture(scope="session")
def small_data(
    still_frames: tuple[Path, Reference], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A data set of them, per shot, one movie of three for validation."""
    root, reference = still_frames
    out = tmp_path_factory.mktemp("data") / "small"
    build_dataset(FolderSource(root), reference, DatasetChoices(per="shot", validation=0.3), out)
    return out
