"""Serving a new tagger beside the one that plans name, and letting go of it when they are done.

Triton takes new versions while it answers: measured with its version 2.51, no request fails. New
plans name the newest version; frames of older plans are captioned by the version that they name.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
from tritonclient.utils import InferenceServerException

from movietag.captioning.captioners import make_captioner
from movietag.captioning.triton import versions
from movietag.captioning.triton.connection import connect
from movietag.documents import MOVIES
from movietag.errors import UsageError
from movietag.records import TaggerId
from movietag.redaction import redacted
from movietag.research.training.loading import whole_weights
from movietag.research.training.merging import CARD, Merged
from movietag.search.client import connected, transient_errors
from movietag.settings import Settings
from movietag.settings.credentials import triton_key
from movietag.settings.home import home_layout

LOADING: Final = 900.0  # seconds; a model of billions of parameters takes minutes


class Version(msgspec.Struct, frozen=True):
    """A served version: its number, and the tagger that it is."""

    number: int
    tagger: TaggerId


class Retired(msgspec.Struct, frozen=True):
    """What was let go; and the older versions that unfinished movies name (how many do)."""

    gone: tuple[Version, ...]
    needed: dict[TaggerId, int]


def model_folder(settings: Settings, repository: Path | None) -> Path:
    """The model's folder in the embedded Triton's repository, or in another one."""
    return (repository or home_layout(settings).triton / "models") / settings.model


def parameters_of(model: Path, changes: Mapping[str, str]) -> dict[str, str]:
    """The parameters with which a model is served: where it is, how it was taught, and changes.

    Raises:
        UsageError: there is no such model, or a file of it is cut off.
    """
    if not model.is_dir():
        raise UsageError(f"There is no model {model}. `movietag merge` makes one.")
    whole_weights(model)
    taught: Mapping[str, str] = {}
    card = model / CARD
    if card.is_file():
        try:
            taught = msgspec.json.decode(card.read_bytes(), type=Merged).serve
        except msgspec.DecodeError as error:
            raise UsageError(f"{card}: {error}. Merge again.") from None
    place = {"model_path": str(model.expanduser().absolute()), "adapter_path": ""}
    return {**place, **taught, **changes}


async def served(settings: Settings) -> tuple[Version, ...]:
    """The versions that Triton serves, the oldest first.

    Raises:
        TransientError: Triton does not answer.
    """
    captioner = make_captioner(settings)
    try:
        found = await captioner.versions()
    finally:
        await captioner.close()
    listed = (Version(int(number), tagger) for tagger, number in found.items())
    return tuple(sorted(listed, key=lambda one: one.number))


async def deploy(
    settings: Settings,
    model: Path,
    *,
    repository: Path | None = None,
    changes: Mapping[str, str] | None = None,
) -> Version:
    """Serve a model as a new version; what was served goes on being served.

    Args:
        settings: which Triton, which of its models.
        model: folder of the model.
        repository: Triton's model repository; default: the embedded one's.
        changes: further parameters in which it is to differ.

    Raises:
        UsageError: the model is broken, cannot be loaded, or is served already: all is as before.
        TransientError: Triton does not answer.
    """
    parameters = parameters_of(model, changes or {})
    before = await served(settings)
    folder = model_folder(settings, repository)
    number = versions.add(folder, parameters)
    try:
        await _load(settings)
        now = await served(settings)
        twin = next((one for one in before if one.tagger == now[-1].tagger), None)
        if twin or now[-1].number != number:
            raise UsageError(
                f"{model} is {twin.tagger}, which is served already, as version {twin.number}."
                if twin
                else f"Triton does not serve the new version {number}. Is {folder} the folder it reads?"
            )
    except BaseException:
        versions.remove(folder, number)
        await _load(settings)
        raise
    return now[-1]


async def retire(settings: Settings, *, repository: Path | None = None) -> Retired:
    """Let go of all versions but the newest that no unfinished movie names.

    A plan that is being made at this very moment may still name the one before: retire some minutes
    after deploying, not at once.

    Raises:
        UsageError: Triton does not load the rest.
        TransientError: Triton or Elasticsearch does not answer.
    """
    folder = model_folder(settings, repository)
    *older, _ = await served(settings)
    needed = {one.tagger: await _unfinished(settings, one.tagger) for one in older}
    gone = tuple(one for one in older if not needed[one.tagger])
    for one in gone:
        versions.remove(folder, one.number)
    if gone:
        await _load(settings)
    return Retired(gone, {tagger: count for tagger, count in needed.items() if count})


async def _load(settings: Settings) -> None:
    """Have Triton take in which versions there are; it answers meanwhile."""
    client = connect(settings.triton_address, triton_key(settings))
    try:
        await client.load_model(settings.model, client_timeout=LOADING)
    except InferenceServerException as error:
        raise UsageError(
            f"Triton at {redacted(settings.triton_address)} cannot load the model {settings.model}:"
            f" {error.message()}"
        ) from None
    finally:
        await client.close()


async def _unfinished(settings: Settings, tagger: TaggerId) -> int:
    """How many movies are on their way with this tagger, of whatever vocabulary."""
    query = {"bool": {"filter": [{"term": {"tagger": tagger}}, {"term": {"status": "running"}}]}}
    async with connected(settings) as es:
        with transient_errors(es):
            answer = await es.count(index=MOVIES, body={"query": query})
    return int(answer["count"])
