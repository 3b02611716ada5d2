"""movietag: movie titles in, searchable tags out.

What a Python program needs is here, ``from movietag import load_vocabulary``, and in docs/library.md with
examples. Each name is imported when it is first used: ``import movietag`` itself loads nothing. Everything below
this package is internal (docs/compatibility.md).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from movietag.captioning import Captioned, Captioner
    from movietag.captioning.captioners import make_captioner
    from movietag.captioning.fake import FakeCaptioner
    from movietag.documents import TagCount
    from movietag.errors import MovietagError, PermanentError, TransientError, UsageError
    from movietag.frames.extract import ExtractedFrame, Extraction
    from movietag.search.results import Movie, Movies, Scene, Scenes
    from movietag.settings import Settings, get_settings
    from movietag.toolkit import TagLibrary, count_tags, open_library, sample_frames
    from movietag.vocabulary import Vocabulary
    from movietag.vocabulary import load as load_vocabulary

__all__ = [
    "Captioned",
    "Captioner",
    "ExtractedFrame",
    "Extraction",
    "FakeCaptioner",
    "Movie",
    "Movies",
    "MovietagError",
    "PermanentError",
    "Scene",
    "Scenes",
    "Settings",
    "TagCount",
    "TagLibrary",
    "TransientError",
    "UsageError",
    "Vocabulary",
    "count_tags",
    "get_settings",
    "load_vocabulary",
    "make_captioner",
    "open_library",
    "sample_frames",
]

_MODULES = {
    "captioning": ("Captioned", "Captioner"),
    "captioning.captioners": ("make_captioner",),
    "captioning.fake": ("FakeCaptioner",),
    "documents": ("TagCount",),
    "errors": ("MovietagError", "PermanentError", "TransientError", "UsageError"),
    "frames.extract": ("ExtractedFrame", "Extraction"),
    "search.results": ("Movie", "Movies", "Scene", "Scenes"),
    "settings": ("Settings", "get_settings"),
    "toolkit": ("TagLibrary", "count_tags", "open_library", "sample_frames"),
    "vocabulary": ("Vocabulary",),
}
_HOMES = {name: (module, name) for module, names in _MODULES.items() for name in names}
_HOMES["load_vocabulary"] = ("vocabulary", "load")


def __getattr__(name: str) -> object:
    """Import a public name when it is first used (PEP 562).

    Raises:
        AttributeError: there is no such name.
    """
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES[name]
    value = globals()[name] = getattr(import_module(f"{__name__}.{module}"), attribute)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
