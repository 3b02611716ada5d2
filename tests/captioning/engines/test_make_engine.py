"""Which engine a model's configuration selects."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.serving_config import config, made_up_model

from movietag.captioning.engines import ENGINES, make_engine
from movietag.captioning.serving_settings import read_settings
from movietag.errors import UsageError


def test_an_unknown_engine_is_refused_with_the_names_of_all(tmp_path: Path) -> None:
    given = config(model_path=str(made_up_model(tmp_path / "model")), engine="tensorrt")
    with pytest.raises(UsageError) as raised:
        make_engine(read_settings("llava", given))
    said = str(raised.value)
    assert "engine of the model llava is 'tensorrt'" in said
    assert all(name in said for name in ENGINES)
    assert "\n" not in said


def test_a_configuration_of_before_engines_is_one_of_transformers(tmp_path: Path) -> None:
    given = config(model_path=str(made_up_model(tmp_path / "model")))
    parameters = given["parameters"]
    assert isinstance(parameters, dict)
    del parameters["engine"]
    assert read_settings("llava", given).engine == "transformers"
