"""The packaged demo model knows drawings only: when that is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from support import sample_movies

from movietag.captioning.serving_settings import existing_folder, read_settings
from movietag.captioning.triton import versions
from movietag.local.deployed import Deployed
from movietag.local.doctor import examine
from movietag.local.drawings import (
    DEMO_VIDEO,
    NOTE,
    knew_drawings_only,
    packaged_taggers,
    serves_drawings_only,
)
from movietag.local.findings import CheckResult
from movietag.local.triton import parameters, shipped_model
from movietag.search.converting import movie_from
from movietag.search.results import Movie
from movietag.settings import Settings
from movietag.settings.home import home_layout
from movietag.vocabulary import load

VOCABULARY = Settings().vocabulary


def movie(tagger: str, *video_ids: str) -> Movie:
    body = sample_movies.movie_body(sample_movies.SAMPLES[0], load(VOCABULARY))
    any_video = sample_movies.video("a", "fetched")
    videos = tuple(msgspec.structs.replace(any_video, video_id=name) for name in video_ids)
    return movie_from(msgspec.structs.replace(body, tagger=tagger, videos=videos))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({}, True),
        ({"model_path": Path("/models/llava-7b")}, False),
        ({"adapter_path": Path("/models/adapter")}, False),
        ({"triton": "gpu:8001"}, False),
        ({"search": "demosearch"}, False),
        ({"engine": "openai"}, False),
    ],
)
def test_a_stack_says_so_unless_it_serves_another_model_or_the_demo(
    changed: dict[str, Any], says: bool, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path).model_copy(update=changed)
    assert serves_drawings_only(settings) == says


def deployed(settings: Settings, model: Path | None = None) -> None:
    """Leave Triton's folder as `movietag up` does, and `movietag deploy` of a model."""
    where = home_layout(settings)
    version = where.triton / "models" / settings.model / "1"
    version.mkdir(parents=True, exist_ok=True)
    (version / versions.CODE).touch()
    Deployed().restore(where.triton, settings.model, parameters(settings))
    if model:
        versions.add_version(version.parent, {"model_path": str(model), "adapter_path": ""})


def test_a_deployed_tagger_counts_until_the_settings_name_another(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    deployed(settings)
    assert serves_drawings_only(settings)
    deployed(settings, tmp_path / "tagger")
    assert not serves_drawings_only(settings)
    changed = settings.model_copy(update={"thresholds": tmp_path / "thresholds.json"})
    assert serves_drawings_only(changed), "the next `movietag up` begins with the packaged model"
    deployed(settings, existing_folder("model_path", ""))
    assert serves_drawings_only(settings)


def test_a_triton_that_runs_has_the_settings_of_its_start(tmp_path: Path) -> None:
    started = Settings(home=tmp_path, model_path=tmp_path / "llava")
    deployed(started)
    now = parameters(Settings(home=tmp_path))
    left = Deployed.read(home_layout(started).triton)
    assert left.newest(now, running=True) == parameters(started)
    assert left.newest(now, running=False) == now


def test_movies_of_other_sites_are_told_and_those_of_the_demo_are_not() -> None:
    packaged = sorted(packaged_taggers(VOCABULARY))
    assert len(packaged) == 3
    for tagger in packaged:
        assert knew_drawings_only(movie(tagger, "youtube:abc"), VOCABULARY)
        assert knew_drawings_only(movie(tagger, f"{DEMO_VIDEO}m1v0", "file:0"), VOCABULARY)
        assert not knew_drawings_only(movie(tagger, f"{DEMO_VIDEO}m1v0"), VOCABULARY)
        assert not knew_drawings_only(movie(tagger), VOCABULARY)
    assert not knew_drawings_only(movie("llava@0123456789ab", "youtube:abc"), VOCABULARY)


@pytest.mark.heavy
def test_it_is_the_id_that_the_model_itself_says() -> None:
    from movietag.captioning.vision_model import VisionModel  # loads torch

    model = VisionModel(read_settings("llava", shipped_model(Settings(), {})))
    assert model.tagger in packaged_taggers(VOCABULARY)


@pytest.mark.heavy
def test_doctor_says_so(tmp_path: Path) -> None:
    (found,) = [one for one in examine(Settings(home=tmp_path)) if one.name == "model"]
    assert (found.verdict, found.remedy) == (CheckResult.NOTE, NOTE)
