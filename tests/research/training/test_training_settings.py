from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.errors import UsageError
from movietag.research.training.settings import FinetuneSettings, adapters_of


@pytest.mark.parametrize(
    ("rank", "rslora", "alpha", "scale", "rate"),
    [(2, False, 4, 2, 2e-4), (64, False, 128, 2, 2e-4), (128, True, 16, 1.414, 1e-4), (256, True, 16, 1, 1e-4)],
)  # fmt: skip
def test_what_is_left_open(
    rank: int, rslora: bool, alpha: float, scale: float, rate: float
) -> None:
    found = adapters_of(FinetuneSettings(rank=rank))
    assert (found.rslora, found.alpha, found.learning_rate) == (rslora, alpha, rate)
    assert found.scale == pytest.approx(scale, abs=1e-3)


@given(st.integers(2, 256), st.sampled_from([None, True, False]))
def test_the_scale_never_passes_2_by_itself(rank: int, rslora: bool | None) -> None:
    found = adapters_of(FinetuneSettings(rank=rank, rslora=rslora))
    assert 0 < found.scale <= 2 + 1e-9
    divisor = math.sqrt(rank) if found.rslora else rank
    assert found.scale == pytest.approx(found.alpha / divisor)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"rank": 1}, "rank is 1; it must be from 2 to 256"),
        ({"rank": 512}, "rank is 512"),
        ({"rank": 256, "rslora": True, "alpha": 512.0}, r"multiplies the adapters by 32 .*Use alpha 32 or"),
        ({"epochs": 0.0}, "epochs is 0"),
        ({"epochs": math.nan}, "epochs is nan"),
        ({"learning_rate": -1.0}, "learning_rate is -1"),
        ({"clip": math.inf}, "clip is inf"),
        ({"batch": 0}, "batch is 0"),
        ({"frame_size": (4, 360)}, "each side must be 8 to 4096"),
    ],
)  # fmt: skip
def test_out_of_bounds(settings: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        adapters_of(FinetuneSettings(**settings))  # type: ignore[arg-type]


def test_a_missing_extra_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from movietag.research.training import finetune, loading

    monkeypatch.setattr(loading, "find_spec", lambda name: None if name == "trl" else name)
    with pytest.raises(UsageError, match=r'needs trl: pip install "movietag\[training\]"\.$'):
        finetune.finetune(tmp_path, tmp_path)
