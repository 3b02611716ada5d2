"""The seven families' checkpoints, pictures of several sizes, and a data set of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image
from support.families import FAMILIES, family_folder

from movietag.research.training.stored import METADATA
from movietag.vocabulary.sentence import QUESTION, sentence

SIZES = ((640, 360), (640, 360), (360, 640), (320, 240), (200, 200))


def noise(count: int, sizes: tuple[tuple[int, int], ...] = SIZES) -> list[Image.Image]:
    """Pictures of these sizes in turn; none like another."""
    rng = np.random.default_rng(5)
    small = [rng.integers(0, 256, (9, 16, 3), dtype=np.uint8) for _ in range(count)]
    return [
        Image.fromarray(one).resize(sizes[number % len(sizes)], Image.Resampling.NEAREST)
        for number, one in enumerate(small)
    ]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Of two threads each waits for the other, and these models have too little to do for two."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def checkpoints(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the checkpoints are built; kept from one run to the next."""
    cache = pytestconfig.cache
    return cache.mkdir("families") if cache else tmp_path_factory.mktemp("families")


@pytest.fixture(scope="session")
def checkpoint(checkpoints: Path) -> Callable[[str], Path]:
    """The folder of a family by its name."""
    return lambda name: family_folder(checkpoints, name)


@pytest.fixture(scope="module", params=FAMILIES)
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def folder(family: str, checkpoint: Callable[[str], Path]) -> Path:
    return checkpoint(family)


@pytest.fixture(scope="session")
def pictures() -> list[Image.Image]:
    return noise(5)


def write_dataset(out: Path, sizes: tuple[tuple[int, int], ...], frames: int = 4) -> Path:
    """A data set of frames of these sizes, each with its own sentence."""
    train = out / "train"
    train.mkdir(parents=True)
    lines = []
    for number, picture in enumerate(noise(frames, sizes)):
        picture.save(train / f"{number}.png")
        tags = ("horror", "gothic", "comedy", "western")[: 1 + number % 4]
        lines.append(
            {
                "file_name": f"{number}.png",
                "prompt": QUESTION,
                "completion": sentence(tags),
                "movie": f"Movie {number // 2}",
            }
        )
    encoded = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
    (train / METADATA).write_bytes(encoded)
    return out
