from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import torch
from research.training.stills import still

from movietag.drawn.motifs import DRAWN_TAGS
from movietag.research.study.ablation import RANKS, AblationRow, ablation_table, run_trials, trials
from movietag.research.study.films import FilmFrames
from movietag.research.training.loading import MODEL
from movietag.research.training.settings import adapters_of

pytestmark = pytest.mark.slow


def film(folder: Path, seed: int, frames: int) -> FilmFrames:
    """A film of drawn stills, on disk."""
    folder.mkdir()
    tags = [(DRAWN_TAGS[(seed + number) % 14],) for number in range(frames)]
    for number, seen in enumerate(tags):
        (folder / f"{number:03}.jpg").write_bytes(still(100 * seed + number, seen))
    relevance = {tag: 0.9 if (tag,) in tags else 0.03 for tag in DRAWN_TAGS}
    return FilmFrames(f"Film {seed}", seed, relevance, tuple(tags), str(folder))


def test_what_is_tried() -> None:
    every = trials(5)
    assert len(every) == 3 + 3 * len(RANKS) + 5
    assert len({trial.key for trial in every}) == 22  # the usual one stands in three series
    scales = {
        (trial.series, trial.name): adapters_of(trial.settings).scale
        for trial in every
        if trial.series.startswith("rank")
    }
    assert {scales["rank, alpha 2r", f"{rank}"] for rank in RANKS} == {2}
    assert scales["rank, alpha 4", "256"] == 4 / 256
    assert scales["rank, alpha 4, rsLoRA", "256"] == 4 / 16
    assert all(trial.note for trial in every if trial.name in ("128", "256", "360x180", "180x90"))
    assert not any(trial.note for trial in every if trial.name in ("2", "8", "32x18", "16x9"))


def test_a_few_of_them_trained_and_judged(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    films = [film(tmp_path / "train", 1, 8)], [film(tmp_path / "judge", 2, 6)]
    every = {(trial.series, trial.name): trial for trial in trials(1)}
    wanted = [every["rank, alpha 2r", "2"], every["frame size", "16x9"]]
    told: list[tuple[str, int, int]] = []

    def run() -> tuple[AblationRow, ...]:
        return run_trials(tmp_path / "kept", MODEL, films, wanted, lambda *what: told.append(what))

    results = run()
    assert [one.name for one in results] == ["2", "16x9"]
    assert results[0].f1 is not None
    assert results[1].f1 is not None
    assert results[0].f1 > 0.8 > results[1].f1  # of the demo model, which sees nothing at 16x9
    assert told[-1] == ("all trained and judged", 2, 2)
    assert run() == results  # nothing is trained again
    broken = msgspec.structs.replace(results[1], loss=None, gradient=None, f1=None, note="stopped")
    lines = ablation_table([results[0], broken], "About.").splitlines()
    assert lines[0] == "About."
    assert lines[4].startswith("| rank, alpha 2r | 2 | 2 | ")
    assert lines[5].startswith("| frame size | 16x9 | 2 |  |  |  | ")
    assert lines[5].endswith(" | stopped |")
