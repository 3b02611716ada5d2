"""What works behind Triton: an engine answers batches of frames, whatever it computes them with.

An engine is selected by the parameter ``engine`` of a model's configuration. Each lives in a module of its own, which
is imported only when it is selected: torch, vLLM and HTTP clients take seconds to load.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from PIL.Image import Image

from movietag.captioning.serving_settings import ServingSettings
from movietag.errors import MovietagError, PermanentError, UsageError
from movietag.records import Context

Finish = Literal["stop", "length", ""]
"""Why an answer ended: on its own, at the most tokens allowed, or nobody knows."""


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """What a model says of a frame; ``scored`` is JSON (``triton.answers.ScoredTags``) where tags are scored."""

    caption: str = ""
    scored: str = ""
    finish: Finish = ""


class Engine(Protocol):
    """A loaded model, or a way to one. Not for two threads at once, unless ``parallel`` says so.

    An engine's constructor takes the settings and raises UsageError where they do not fit; the model is then not
    served, and Triton logs the text.
    """

    @property
    def tagger(self) -> str:
        """The tagger id: changes with everything that may change an answer."""
        ...

    @property
    def parallel(self) -> int:
        """How many threads may call ``decode`` and ``answer`` at the same time, each with one frame.

        1: Triton forms batches, and one is answered after the other.
        """
        ...

    @property
    def dead(self) -> bool:
        """Whether it can never answer again, because a process of its own has died.

        The next request then fails in the form by which clients have Triton load a model again.
        """
        ...

    def prompt(self, context: Context = ...) -> str:
        """The prompt for a frame of which ``context`` is known, as it is recorded with the answer."""
        ...

    def decode(self, data: Sequence[bytes]) -> Sequence[Image | PermanentError]:
        """The pictures in encoded bytes, ready for ``answer``; an unreadable one comes back as its error."""
        ...

    def answer(
        self, pictures: Sequence[Image], contexts: Sequence[Context] | None = None
    ) -> tuple[Sequence[ModelAnswer | MovietagError], float]:
        """One answer a picture, and the milliseconds that the model took for the batch.

        An error in the place of an answer fails its own picture only: PermanentError (``bad-image``: the picture is
        at fault), CaptionFailed (it may be), TransientError (it is not: the same picture is retried until it succeeds).

        Args:
            pictures: of ``decode``.
            contexts: what is known of each; None: nothing.
        """
        ...

    def warm_up(self) -> None:
        """Make the first answer as fast as later ones."""
        ...

    def close(self) -> None:
        """End processes and threads of the engine; nothing is asked afterwards."""
        ...


def make_engine(settings: ServingSettings) -> Engine:
    """The engine that the settings name, loaded.

    Raises:
        UsageError: there is no such engine, or the settings do not fit it.
    """
    if settings.engine not in ENGINES:
        raise UsageError(
            f"engine of the model {settings.name} is {settings.engine!r}, not one of"
            f" {', '.join(sorted(ENGINES))}."
        )
    if settings.templates and settings.engine != "transformers":
        raise UsageError(
            f"The mode similarity of the model {settings.name} needs the engine transformers, not"
            f" {settings.engine}."
        )
    return ENGINES[settings.engine](settings)


def _transformers(settings: ServingSettings) -> Engine:
    if settings.templates:
        from movietag.captioning.engines.similarity import SimilarityModel  # noqa: PLC0415

        return SimilarityModel(settings)
    from movietag.captioning.vision_model import VisionModel  # noqa: PLC0415  # loads torch

    return VisionModel(settings)


def _openai(settings: ServingSettings) -> Engine:
    from movietag.captioning.engines.endpoint.engine import EndpointEngine  # noqa: PLC0415

    return EndpointEngine(settings)


def _vllm(settings: ServingSettings) -> Engine:
    from movietag.captioning.engines.vllm import VllmEngine  # noqa: PLC0415  # loads vLLM

    return VllmEngine(settings)


ENGINES: Final[Mapping[str, Callable[[ServingSettings], Engine]]] = {
    "openai": _openai,
    "transformers": _transformers,
    "vllm": _vllm,
}
"""By the value of the parameter ``engine``: what loads it."""
