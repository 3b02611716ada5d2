"""The packaged demo model knows drawings only: who is told so, and when."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from movietag.captioning.serving_settings import existing_folder, read_settings
from movietag.captioning.tagger_id import tagger_id
from movietag.errors import UsageError
from movietag.local.deployed import Deployed
from movietag.local.supervision import Supervisor
from movietag.local.triton import model_repository, parameters, parameters_in, with_parameters
from movietag.search.results import Movie
from movietag.settings import Settings
from movietag.settings.home import home_layout

NOTE: Final = (
    "The packaged demo model knows drawings only: what it says of other pictures is nonsense. MOVIETAG_MODEL_PATH"
    " names another model (docs/models.md)."
)
DEMO_VIDEO: Final = "movietagdemovideo:"  # how ids of the demo's videos begin, by their extractor
DEMO_SEARCH: Final = "demosearch"
_NAME: Final = "llava"  # of the shipped configuration
_ENGINE: Final = "transformers"  # of the shipped configuration
_DTYPES: Final = ("float32", "bfloat16", "float16")  # of a CPU, of GPUs


def embedded_tagger(settings: Settings) -> dict[str, str]:
    """The parameters of the tagger that new plans name, of those that settings or `movietag deploy` decide.

    They are of the embedded Triton that runs, whatever the settings say now; while none runs, of the one that
    `movietag up` would start.
    """
    where = home_layout(settings)
    running = Supervisor.connect(where.socket) is not None
    return Deployed.read(where.triton).newest(parameters(settings), running=running)


def serves_drawings_only(settings: Settings) -> bool:
    """Whether the packaged model tags, in the embedded stack, what is not the demo's."""
    if settings.triton is not None or settings.search == DEMO_SEARCH:
        return False
    tagger = embedded_tagger(settings)
    return (
        tagger.get("engine", _ENGINE) == _ENGINE
        and not tagger["adapter_path"]
        and Path(tagger["model_path"]) == existing_folder("model_path", "")
    )


def knew_drawings_only(movie: Movie, vocabulary: str) -> bool:
    """Whether the packaged model has tagged a movie of which a video is not of the demo's site.

    Args:
        movie: with its tagger and its videos.
        vocabulary: that of the settings.
    """
    foreign = (not video.video_id.startswith(DEMO_VIDEO) for video in movie.videos)
    return movie.tagger in packaged_taggers(vocabulary) and any(foreign)


@lru_cache(maxsize=8)
def packaged_taggers(vocabulary: str) -> frozenset[str]:
    """The ids of the packaged model with its packaged prompt, on a CPU or a GPU; empty without a model repository.

    Args:
        vocabulary: that of the settings, which its prompt may name.
    """
    packaged = existing_folder("model_path", "")
    try:
        path = model_repository() / _NAME / "config.pbtxt"
        text = with_parameters(path.read_text(), {"vocabulary": vocabulary})
        serving = read_settings(_NAME, {"parameters": parameters_in(text)})
        template = (packaged / "chat_template.jinja").read_text()
    except (OSError, UsageError):
        return frozenset()
    return frozenset(tagger_id(serving, template, dtype) for dtype in _DTYPES)
