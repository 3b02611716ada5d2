"""Every family's training goes on after a kill, and comes out the same."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from families.conftest import write_dataset
from support.families import FAMILIES

from movietag.research.training.finetune import finetune
from movietag.research.training.settings import FinetuneSettings

pytestmark = [pytest.mark.heavy, pytest.mark.slow]
SETTINGS = FinetuneSettings(
    epochs=4, rank=2, learning_rate=1e-2, batch=4, do_pad=False, save_every=1
)  # 4 steps
# Each training in a process of its own, which shares the libraries: it dies at its third step.
KILLED = """
import os, signal, sys, torch
from pathlib import Path
from movietag.research.training.finetune import finetune
from families.test_family_resuming import SETTINGS
torch.set_num_threads(1)
def killed(step):
    if step.step == 3: os.kill(os.getpid(), signal.SIGKILL)
data, out, *bases = map(Path, sys.argv[1:])
for base in bases:
    child = os.fork()
    if not child:
        finetune(data, out / base.name, SETTINGS, base=base, on_step=killed)
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != -signal.SIGKILL: sys.exit(str(base))
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("data") / "data", ((64, 36), (36, 64)))


@pytest.fixture(scope="module")
def killed(
    data: Path, checkpoint: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder with a killed training of each family."""
    out = tmp_path_factory.mktemp("killed")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    argv = [sys.executable, "-c", KILLED, str(data), str(out), *map(str, map(checkpoint, FAMILIES))]
    subprocess.run(argv, env=environment, check=True)
    return out


def test_it_goes_on_after_a_kill_and_comes_out_the_same(
    family: str, folder: Path, data: Path, killed: Path, tmp_path: Path
) -> None:
    import torch
    from safetensors.torch import load_file

    assert not (killed / family / "training.json").exists()
    resumed = finetune(data, killed / family, SETTINGS, base=folder)
    assert resumed.training.outcome.resumed_at in (2, 3)
    whole = finetune(data, tmp_path / "whole", SETTINGS, base=folder)
    one, other = (
        load_file(run.folder / "adapter" / "adapter_model.safetensors") for run in (resumed, whole)
    )
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
