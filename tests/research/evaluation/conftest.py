from __future__ import annotations

from pathlib import Path

import pytest
from research.evaluation.invented import study

from movietag.research.evaluation.assigned import read_assigned
from movietag.research.evaluation.evaluating import evaluate
from movietag.research.evaluation.genome import read_genome
from movietag.research.evaluation.results import Choices, Evaluation


@pytest.fixture(scope="session")
def invented_study(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """A genome of twelve invented movies, and two runs over it."""
    return study(tmp_path_factory.mktemp("study"), 12, 3)


@pytest.fixture(scope="session")
def evaluation(invented_study: tuple[Path, Path, Path]) -> Evaluation:
    """Both runs, with few resamples."""
    genome, before, after = invented_study
    runs = [read_assigned(before), read_assigned(after)]
    return evaluate(read_genome(genome), runs, Choices(relevance=0.3, resamples=200, seed=1))
