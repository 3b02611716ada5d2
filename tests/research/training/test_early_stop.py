"""Early stop: the training ends when the validation loss no longer falls, and the best adapter is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from movietag.errors import UsageError
from movietag.research.training import finetune as finetuning
from movietag.research.training.finetune import Finetuned, finetune
from movietag.research.training.settings import FinetuneSettings, adapters_of

if TYPE_CHECKING:
    import torch

    from movietag.research.training.watching import Step

pytestmark = pytest.mark.heavy

# Two steps an epoch, far too large ones: the loss of the movie for validation soon rises.
SETTINGS = FinetuneSettings(epochs=12, rank=4, learning_rate=3e-2, batch=8, patience=2)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    import torch  # seconds to load

    before = torch.get_num_threads()
    torch.set_num_threads(1)  # how numbers are summed up depends on it
    yield
    torch.set_num_threads(before)


def weights(adapter: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    return load_file(adapter / "adapter_model.safetensors")


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(bool((one[name] == other[name]).all()) for name in one)


@dataclass
class Watched:
    """What a training left behind at each of its checkpoints."""

    out: Path
    steps: list[int] = field(default_factory=list)
    saved: dict[int, dict[str, torch.Tensor]] = field(default_factory=dict)

    def __call__(self, step: Step) -> None:
        self.steps.append(step.step)
        for path in (self.out / "checkpoints").glob("checkpoint-*"):
            self.saved.setdefault(int(path.name.rpartition("-")[2]), weights(path))


@pytest.fixture(scope="module")
def stopped(
    small_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Finetuned, Watched]:
    watched = Watched(tmp_path_factory.mktemp("run") / "run")
    return finetune(small_data, watched.out, SETTINGS, on_step=watched), watched


def losses(done: Finetuned) -> dict[int, float]:
    """Validation loss by step."""
    rows = [row.split(",") for row in (done.folder / "history.csv").read_text().splitlines()[1:]]
    return {int(row[0]): float(row[3]) for row in rows if row[3]}


def test_it_stops_two_epochs_after_the_best_and_keeps_that_adapter(
    stopped: tuple[Finetuned, Watched],
) -> None:
    done, watched = stopped
    outcome, checks = done.training.outcome, losses(done)
    assert outcome.best_step is not None
    assert checks[outcome.best_step] == min(checks.values()) == outcome.validation_loss
    assert outcome.steps == outcome.best_step + 4 == watched.steps[-1]
    assert outcome.steps < 24
    assert same(weights(done.folder / "adapter"), watched.saved[outcome.best_step])
    others = [one for step, one in watched.saved.items() if step != outcome.best_step]
    assert others
    assert not any(same(weights(done.folder / "adapter"), one) for one in others)


def fail_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first adapter cannot be saved: the training is over, its outcome is not written."""
    save = finetuning.save_adapter

    def failing(*_given: object) -> None:
        monkeypatch.setattr(finetuning, "save_adapter", save)
        raise OSError("no space left on device")

    monkeypatch.setattr(finetuning, "save_adapter", failing)


def leave_after(count: int) -> Callable[[Step], None]:
    def on_step(step: Step) -> None:
        if step.step == count:
            raise KeyboardInterrupt

    return on_step


@pytest.mark.slow
def test_interrupted_when_it_was_over_it_trains_no_step_more(
    stopped: tuple[Finetuned, Watched],
    small_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fail_once(monkeypatch)
    with pytest.raises(OSError, match="no space left"):
        finetune(small_data, tmp_path / "run", SETTINGS)
    watched = Watched(tmp_path / "run")
    again = finetune(small_data, tmp_path / "run", SETTINGS, on_step=watched)
    assert not watched.steps
    before = stopped[0]
    assert same(weights(again.folder / "adapter"), weights(before.folder / "adapter"))
    assert losses(again) == losses(before)
    assert again.training.outcome.loss == before.training.outcome.loss
    assert again.training.outcome.best_step == before.training.outcome.best_step


@pytest.mark.slow
def test_interrupted_on_the_way_it_stops_where_it_would_have(
    stopped: tuple[Finetuned, Watched], small_data: Path, tmp_path: Path
) -> None:
    """In the epoch after the best one: the patience that is used up is part of the checkpoint."""
    before = stopped[0].training.outcome
    assert before.best_step is not None
    with pytest.raises(KeyboardInterrupt):
        finetune(small_data, tmp_path / "run", SETTINGS, on_step=leave_after(before.best_step + 3))
    again = finetune(small_data, tmp_path / "run", SETTINGS)
    assert again.training.outcome.resumed_at == before.best_step + 2
    assert again.training.outcome.steps == before.steps
    assert same(weights(again.folder / "adapter"), weights(stopped[0].folder / "adapter"))


def test_a_loss_that_falls_by_nothing_has_not_fallen() -> None:
    from movietag.research.training.watching import best_step, is_exhausted

    def lines(*values: float) -> list[dict[str, float]]:
        return [{"step": 10 * at, "eval_loss": loss} for at, loss in enumerate(values, 1)]

    assert not is_exhausted([{"step": 1, "loss": 3.0}], 1)
    assert not is_exhausted(lines(2.0), 1)
    assert is_exhausted(lines(2.0, 2.0), 1)
    assert not is_exhausted(lines(2.0, 2.1), 2)
    assert is_exhausted(lines(2.0, 2.1, 2.0), 2)
    assert not is_exhausted(lines(2.0, 2.1, 1.9), 2)
    assert best_step(lines(2.0, 1.5, 1.5)) == 20


def test_what_makes_no_sense_with_it_is_refused(small_data: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="leave save_every out"):
        adapters_of(FinetuneSettings(patience=1, save_every=5))
    with pytest.raises(UsageError, match="patience is 0"):
        adapters_of(FinetuneSettings(patience=0))
    data = tmp_path / "data"
    data.mkdir()
    (data / "train").symlink_to(small_data / "train")
    with pytest.raises(UsageError, match=r"no split validation.*leave --patience out"):
        finetune(data, tmp_path / "run", SETTINGS)
