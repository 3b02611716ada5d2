"""The packaged demo model knows drawings only: who is told so, and when."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from movietag.captioning.serving_settings import existing_folder, read_settings
from movietag.captioning.tagger_id import tagger_id
from movietag.errors import UsageError
from movietag.local.triton import model_repository, parameters_in, with_parameters
from movietag.search.results import Movie
from movietag.settings import Settings

NOTE: Final = (
    "The packaged demo model knows drawings only: what it says of other pictures is nonsense. MOVIETAG_MODEL_PATH"
    " names another model (docs/models.md)."
)
DEMO_VIDEO: Final = "movietagdemovideo:"  # how ids of the demo's videos begin, by their extractor
DEMO_SEARCH: Final = "demosearch"
_NAME: Final = "llava"  # of the shipped configuration
_DTYPES: Final = ("float32", "bfloat16", "float16")  # of a CPU, of GPUs


def serves_drawings_only(settings: Settings) -> bool:
    """Whether the stack of these settings would let the packaged model tag what is not the demo's."""
    return (
        settings.triton is None
        and settings.engine == "transformers"
        and settings.adapter_path is None
        and settings.search != DEMO_SEARCH
        and settings.model_path.expanduser().absolute() == existing_folder("model_path", "")
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
