"""The mode similarity: scores against the pipeline of transformers, on tiny CLIP-like models with random weights."""

from __future__ import annotations

import io
import json
import shutil
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from support.serving_config import config, settings_of
from support.tiny_clips import CHECKPOINTS, noise, openclip

from movietag.captioning.engines import make_engine
from movietag.captioning.engines.similarity import SimilarityModel
from movietag.captioning.phrases import TEMPLATES, phrases_of
from movietag.captioning.serving_settings import ServingSettings, read_settings
from movietag.captioning.thresholds import TagCut, Thresholds, write_thresholds
from movietag.errors import PermanentError, UsageError
from movietag.local.triton import shipped_model
from movietag.records import Context
from movietag.research.demo_model.served import MODEL
from movietag.settings import Settings
from movietag.vocabulary import Vocabulary, load
from tools.families import PASSES, ROWS

pytestmark = pytest.mark.heavy

TAGS = Vocabulary("few", {"horror": (), "comedy": ("funny film",), "sci-fi": ("Science Fiction",)})
PICTURES = noise((64, 36), (64, 36), (36, 64), (40, 30), (40, 40))


@pytest.fixture(scope="module", params=CHECKPOINTS | {"openclip": openclip})
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    make = (CHECKPOINTS | {"openclip": openclip})[request.param]
    return make(tmp_path_factory.mktemp("clips") / request.param)


@pytest.fixture(scope="module")
def model(folder: Path) -> SimilarityModel:
    return SimilarityModel(similarity(folder))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return CHECKPOINTS["clip"](tmp_path_factory.mktemp("clip") / "clip")


def similarity(folder: Path, templates: tuple[str, ...] = TEMPLATES) -> ServingSettings:
    return replace(
        settings_of(folder), vocabulary=TAGS, templates=templates, do_pad=False, threads=1
    )


@pytest.mark.parametrize("folder", CHECKPOINTS, indirect=True)
def test_scores_are_those_of_the_model_cards_pipeline(folder: Path) -> None:
    pipeline = import_module("transformers").pipeline(
        "zero-shot-image-classification", model=str(folder)
    )
    tags = Vocabulary("few", dict.fromkeys(TAGS.tags, ()))
    model = SimilarityModel(replace(similarity(folder, ("A scene of {tag}.",)), vocabulary=tags))
    scores, milliseconds = model.scores(PICTURES)
    given = {"candidate_labels": list(TAGS.tags), "hypothesis_template": "a scene of {}."}
    if "siglip" not in folder.name:
        given["hypothesis_template"] = "A scene of {}."
        scale = pipeline.model.logit_scale.exp().item()
        scores = torch.from_numpy((2 * scores - 1) * scale).softmax(1).numpy()
    for row, picture in zip(scores, PICTURES, strict=True):
        expected = {one["label"]: one["score"] for one in pipeline(picture, **given)}
        wanted = np.log([expected[tag] for tag in TAGS.tags])
        np.testing.assert_allclose(np.log(row), wanted, atol=1e-3)
    assert np.log(scores).std(0).max() > 0.02  # the picture matters
    assert np.log(scores).std(1).max() > 0.02  # so does the tag
    assert milliseconds > 0


def test_a_batch_gives_what_each_picture_gets_by_itself(
    model: SimilarityModel, folder: Path
) -> None:
    assert ROWS[folder.name].similarity == PASSES
    together = model.scores(PICTURES)[0]
    alone = np.concatenate([model.scores([one])[0] for one in PICTURES])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    assert together.shape == (5, 3)
    assert ((together > 0) & (together < 1)).all()


def test_the_table_of_families_says_which_compare() -> None:
    compare = {name for name, row in ROWS.items() if row.similarity == PASSES}
    assert compare == {*CHECKPOINTS, "openclip"}


def test_a_tags_vector_is_the_mean_of_all_its_forms_in_all_templates(
    model: SimilarityModel,
) -> None:
    """Each read alone, while a batch pads them: padding must not matter."""
    seen = model.vectors(PICTURES)
    assert phrases_of(TAGS, TEMPLATES)[1] == [
        "a scene of comedy",
        "a scene of funny film",
        "a movie scene with comedy",
        "a movie scene with funny film",
        "a photo of comedy",
        "a photo of funny film",
    ]
    for number, phrases in enumerate(phrases_of(TAGS, TEMPLATES)):
        each = torch.cat([model._towers.read([phrase]) for phrase in phrases])
        mean = each.sum(0) / each.sum(0).norm()
        expected = model._towers.scores(seen @ mean)
        np.testing.assert_allclose(model.scores(PICTURES)[0][:, number], expected, atol=2e-5)


def always(scorer: str) -> Thresholds:
    """Thresholds by which the first tag always counts, and the others never."""
    cuts = {tag: TagCut(0.0, 3.0 if tag == "horror" else -3.0, 0.5, 9) for tag in TAGS.tags}
    return Thresholds(scorer, TAGS.tags_id, 20, cuts)


def test_it_answers_as_an_engine_that_scores_tags(clip: Path) -> None:
    scorer = SimilarityModel(similarity(clip)).scorer
    engine = make_engine(replace(similarity(clip), thresholds=always(scorer), do_pad=False))
    engine.warm_up()
    jpeg = io.BytesIO()
    noise((64, 36))[0].save(jpeg, "JPEG")
    good, bad = engine.decode([jpeg.getvalue(), b"no picture"])
    assert isinstance(bad, PermanentError)
    assert not isinstance(good, PermanentError)
    answers, milliseconds = engine.answer([good, good], [Context(title="Heat")] * 2)
    assert milliseconds > 0
    for one in answers:
        assert not isinstance(one, Exception)
        assert one.caption == "horror"
        assert json.loads(one.scored) == {
            "vocabulary": TAGS.tags_id,
            "confidence": {"horror": 0.9526},
        }
    assert engine.prompt(Context(title="Heat")) == "\n".join(TEMPLATES)


def test_the_tagger_changes_with_all_that_may_change_a_score(clip: Path, tmp_path: Path) -> None:
    first = SimilarityModel(similarity(clip))
    other = CHECKPOINTS["metaclip2"](tmp_path / "other")
    changed = [
        similarity(other),
        similarity(clip, ("a photo of {tag}",)),
        replace(first.settings, vocabulary=Vocabulary("few", {"horror": (), "comedy": ()})),
        replace(first.settings, do_pad=True),
        replace(
            first.settings,
            image_options={"do_center_crop": False, "size": {"height": 32, "width": 32}},
        ),
        replace(first.settings, thresholds=always(first.scorer)),
    ]
    ids = {SimilarityModel(one).tagger for one in changed} | {first.tagger}
    assert len(ids) == 7
    assert all(one.startswith("llava.similarity@") for one in ids)
    assert SimilarityModel(changed[-1]).scorer == first.scorer == first.tagger
    indifferent = replace(first.settings, threads=1, max_batch=3, max_new_tokens=9)
    assert SimilarityModel(indifferent).tagger == first.tagger


def test_padding_shows_what_the_processor_would_crop(clip: Path) -> None:
    """CLIP's processor cuts the sides off a wide frame."""
    left = np.full((360, 640, 3), 128, dtype=np.uint8)
    plain = left.copy()
    left[:, :100] = 255
    jpegs = []
    for array in (plain, left):
        buffer = io.BytesIO()
        import_module("PIL.Image").fromarray(array).save(buffer, "PNG")
        jpegs.append(buffer.getvalue())
    for do_pad, differs in ((True, True), (False, False)):
        model = SimilarityModel(replace(similarity(clip), do_pad=do_pad))
        scores = model.scores(model.read(jpegs))[0]
        assert (abs(scores[0] - scores[1]).max() > 1e-4) == differs


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"model_path": MODEL}, r"holds LlavaForConditionalGeneration \(llava\).*mode caption"),
        ({"model_path": Path(__file__).parent}, r"holds neither config\.json nor open_clip"),
        ({"adapter_path": MODEL}, "leave MOVIETAG_ADAPTER_PATH out"),
        ({"templates": ("a scene",)}, r"'a scene' needs \{tag\} once"),
        ({"templates": ("{tag} {tag}",)}, r"needs \{tag\} once"),
        ({"image_options": {"do_dream": True}}, "no option 'do_dream'"),
        ({"thresholds": always("llava.similarity@000000000000")}, "Make new ones"),
        ({"engine": "vllm"}, "engine"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_line(
    clip: Path, changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(UsageError, match=problem) as refused:
        make_engine(replace(similarity(clip), **changes))
    assert "\n" not in str(refused.value)


def test_without_thresholds_nothing_counts_and_a_line_says_how_to_make_them(clip: Path) -> None:
    model = SimilarityModel(similarity(clip))
    with pytest.raises(UsageError, match="movietag calibrate"):
        model.answer(noise((64, 36)))
    with pytest.raises(UsageError, match=r"\(mode similarity\) and has no thresholds"):
        read_settings("llava", config(mode="similarity"))


def test_the_settings_reach_the_served_model(clip: Path, tmp_path: Path) -> None:
    scorer = SimilarityModel(similarity(clip)).scorer
    write_thresholds(always(scorer), tmp_path / "thresholds.json")
    given: dict[str, Any] = {"model_path": clip, "thresholds": tmp_path / "thresholds.json"}
    mine = Settings(tagger_mode="similarity", templates=('say "{tag}" \\ é',), **given)
    read = read_settings("llava", shipped_model(mine, {}))
    assert read.templates == ('say "{tag}" \\ é',)
    assert read.thresholds is not None
    assert read.vocabulary.vocabulary_id == load("mpst").vocabulary_id
    plain = read_settings("llava", shipped_model(Settings(tagger_mode="similarity", **given), {}))
    assert plain.templates == TEMPLATES
    with pytest.raises(UsageError, match="templates of the model llava is 'a scene', not a JSON"):
        read_settings("llava", config(mode="similarity", thresholds="x", templates="a scene"))


def test_a_folder_of_openclip_is_scored_as_by_its_library(tmp_path: Path) -> None:
    folder = openclip(tmp_path / "openclip")
    library: Any = import_module("open_clip")
    own, prepare = library.create_model_from_pretrained(f"local-dir:{folder}")
    tokens = library.get_tokenizer(f"local-dir:{folder}")(
        [f"a scene of {tag}" for tag in TAGS.tags]
    )
    with torch.inference_mode():
        seen = own.encode_image(torch.stack([prepare(one) for one in PICTURES]), normalize=True)
        expected = (1 + seen @ own.encode_text(tokens, normalize=True).T) / 2
    tags = Vocabulary("few", dict.fromkeys(TAGS.tags, ()))
    model = SimilarityModel(replace(similarity(folder, ("a scene of {tag}",)), vocabulary=tags))
    np.testing.assert_allclose(model.scores(PICTURES)[0], expected, atol=1e-5)
    assert float(expected.std(0).max()) > 0.001
    assert model._towers.colour == (127, 102, 76)


def test_a_folder_of_openclip_that_cannot_be_served_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = openclip(tmp_path / "openclip")
    options = replace(similarity(folder), image_options={"do_resize": False})
    with pytest.raises(UsageError, match="Leave MOVIETAG_IMAGE_OPTIONS out"):
        make_engine(options)
    weights = folder / "open_clip_model.safetensors"
    weights.rename(folder / "weights")
    with pytest.raises(UsageError, match="holds no weights"):
        make_engine(similarity(folder))
    weights.write_bytes(b"cut off")
    with pytest.raises(UsageError, match="cannot be loaded by OpenCLIP"):
        make_engine(similarity(folder))
    monkeypatch.setitem(sys.modules, "open_clip", None)
    with pytest.raises(UsageError, match=r"pip install 'movietag\[openclip\]'"):
        make_engine(similarity(folder))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("model.safetensors", b"\0" * 9, "model.safetensors is cut off or damaged"),
        ("tokenizer.json", b"{", "cannot be loaded as a CLIP-like model: "),
    ],
)
def test_a_damaged_folder_is_one_line(
    clip: Path, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    folder = Path(shutil.copytree(clip, tmp_path / "clip"))
    (folder / name).write_bytes(content)
    with pytest.raises(UsageError, match=said) as refused:
        SimilarityModel(similarity(folder))
    assert "\n" not in str(refused.value)
