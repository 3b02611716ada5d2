"""Where a model's parameters come from: config.pbtxt, the environment, a version's own file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.serving_config import config

from movietag.captioning.parameters import Parameters, with_environment
from movietag.captioning.triton.versions import with_own_parameters
from movietag.errors import UsageError


def parameters(given: dict[str, object]) -> Parameters:
    found = given["parameters"]
    assert isinstance(found, dict)
    return Parameters("llava", found)


def test_a_variable_comes_before_config_pbtxt_and_a_versions_own_file_before_both(
    tmp_path: Path,
) -> None:
    (tmp_path / "parameters.json").write_text(json.dumps({"prompt": "Of the version."}))
    environment = {
        "MOVIETAG_PROMPT": "Of the environment.",
        "MOVIETAG_MAX_NEW_TOKENS": "64",
        "MOVIETAG_TAGGER_MODE": "tags",
        "MOVIETAG_MODE": "nothing reads this",
        "MOVIETAG_THREADS": " ",
    }
    given = with_environment(config(), environment)
    read = parameters(with_own_parameters(given, tmp_path))
    assert read.text("prompt") == "Of the version."
    assert read.number("max_new_tokens") == 64
    assert read.text("mode") == "tags"
    assert read.number("threads") == 2  # a blank variable is one that is not set
    assert given["max_batch_size"] == 16


def test_variables_that_are_no_parameters_change_nothing() -> None:
    assert with_environment(config(), {"MOVIETAG_KAFKA": "kafka:9092", "PATH": "/bin"}) == config()


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        (
            "max_new_tokens",
            "0",
            "max_new_tokens of the model llava is '0', not a number from 1 on.",
        ),
        ("max_new_tokens", "\u0664\u0662", "not a number."),
        ("max_new_tokens", "9" * 5_000, "not a number."),
    ],
)
def test_a_number_that_does_not_fit_is_named(key: str, value: str, said: str) -> None:
    read = parameters(config(**{key: value}))
    with pytest.raises(UsageError) as raised:
        read.number(key, least=1)
    assert str(raised.value).endswith(said)


def test_a_list_of_texts() -> None:
    read = Parameters("llava", {"some": {"string_value": '["a", "b"]'}})
    assert read.texts("some") == ("a", "b")
    assert read.texts("other", "") == ()
    with pytest.raises(UsageError, match="not a JSON list of texts"):
        Parameters("llava", {"some": {"string_value": '["a", 1]'}}).texts("some")
