"""Serving a new tagger next to the one that plans name, and retiring that when its plans are done.

Triton loads new versions while it serves: no request fails, measured with version 2.51. New plans name the newest
version; frames of older plans are captioned by the version that these name.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
from tritonclient.utils import InferenceServerException

from movietag.captioning.captioners import make_captioner
from movietag.captioning.pretrained import whole_weights
from movietag.captioning.taught import read_taught
from movietag.captioning.triton import versions
from movietag.captioning.triton.addresses import look_up
from movietag.captioning.triton.connection import connect
from movietag.captioning.triton.tls import tls_credentials
from movietag.documents import MOVIES
from movietag.errors import UsageError
from movietag.records import TaggerId
from movietag.redaction import redacted
from movietag.research.training.merging import CARD, Merged
from movietag.search.client import connected, count_documents, transient_errors
from movietag.settings import Settings
from movietag.settings.credentials import triton_key
from movietag.settings.home import home_layout

OF_TRAINING: Final = ("prompt", "max_new_tokens", "do_pad", "image_options")
"""Parameters that follow from how a model was trained; a folder of a stranger decides no others."""
LOADING: Final = 900.0  # seconds; a model of billions of parameters takes minutes


class Version(msgspec.Struct, frozen=True):
    """A served version: its number, and its tagger."""

    number: int
    tagger: TaggerId


class Retired(msgspec.Struct, frozen=True):
    """The retired versions, and the older versions that unfinished movies name (with their number)."""

    gone: tuple[Version, ...]
    needed: dict[TaggerId, int]


def model_folder(settings: Settings, repository: Path | None) -> Path:
    """The model's folder in the embedded Triton's repository, or in ``repository``."""
    return (repository or home_layout(settings).triton / "models") / settings.model


def parameters_of(model: Path, changes: Mapping[str, str]) -> dict[str, str]:
    """The parameters with which to serve a model: its path, how it was trained, and changes.

    Raises:
        UsageError: there is no such model, one of its files is truncated, or it would decide about other parameters
            than those of its training.
    """
    if not model.is_dir():
        raise UsageError(f"There is no model {model}. `movietag merge` makes one.")
    whole_weights(model, needed=True)
    taught = _of_card(model / CARD)
    if read_taught(model):
        # Empty: as it says, whatever the settings say of the model that is served now.
        taught = dict.fromkeys(OF_TRAINING, "")
    paths = {"model_path": str(model.expanduser().absolute()), "adapter_path": ""}
    return {**paths, **taught, **changes}


def _of_card(card: Path) -> Mapping[str, str]:
    if not card.is_file():
        return {}
    try:
        said = msgspec.json.decode(card.read_bytes(), type=Merged).serve
    except msgspec.DecodeError as error:
        raise UsageError(f"{card}: {error}. Merge again.") from None
    if others := sorted(said.keys() - set(OF_TRAINING)):
        raise UsageError(
            f"{card} names {', '.join(others)} under serve, and a training decides {', '.join(OF_TRAINING)} alone. Merge"
            " again, or remove the file."
        )
    return said


async def served(settings: Settings) -> tuple[Version, ...]:
    """The versions that Triton serves, oldest first.

    Raises:
        TransientError: Triton does not answer.
    """
    captioner = make_captioner(settings)
    try:
        versions = await captioner.versions()
    finally:
        await captioner.close()
    listed = (Version(int(number), tagger) for tagger, number in versions.items())
    return tuple(sorted(listed, key=lambda one: one.number))


async def deploy(
    settings: Settings,
    model: Path,
    *,
    repository: Path | None = None,
    changes: Mapping[str, str] | None = None,
) -> Version:
    """Serve a model as a new version; the other versions stay served.

    Args:
        settings: which Triton, and which of its models.
        model: folder of the model.
        repository: Triton's model repository; default: the embedded one's.
        changes: parameters in which it differs.

    Raises:
        UsageError: the model is broken, cannot be loaded, or is already served: nothing has changed then.
        TransientError: Triton does not answer.
    """
    parameters = parameters_of(model, changes or {})
    before = await served(settings)
    folder = model_folder(settings, repository)
    number = versions.add_version(folder, parameters)
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
        versions.remove_version(folder, number)
        await _load(settings)
        raise
    return now[-1]


async def retire(settings: Settings, *, repository: Path | None = None) -> Retired:
    """Retire all versions except the newest and those that unfinished movies name.

    A plan being made at this moment may still name the version before: retire some minutes after deploying, not
    immediately.

    Raises:
        UsageError: Triton does not load the remaining versions.
        TransientError: Triton or Elasticsearch does not answer.
    """
    folder = model_folder(settings, repository)
    *older, _ = await served(settings)
    needed = {one.tagger: await _unfinished(settings, one.tagger) for one in older}
    gone = tuple(one for one in older if not needed[one.tagger])
    for one in gone:
        versions.remove_version(folder, one.number)
    if gone:
        await _load(settings)
    return Retired(gone, {tagger: count for tagger, count in needed.items() if count})


async def _load(settings: Settings) -> None:
    """Let each Triton reload the versions of the model; it serves meanwhile."""
    key, tls = triton_key(settings), tls_credentials(settings)
    for address, host in (await look_up(settings.triton_addresses)).items():
        client = connect(address, key, tls, host)
        try:
            await client.load_model(settings.model, client_timeout=LOADING)
        except InferenceServerException as error:
            raise UsageError(
                f"Triton at {redacted(address)} cannot load the model {settings.model}:"
                f" {error.message()}"
            ) from None
        finally:
            await client.close()


async def _unfinished(settings: Settings, tagger: TaggerId) -> int:
    """How many movies with this tagger are unfinished, in any vocabulary."""
    query = {"bool": {"filter": [{"term": {"tagger": tagger}}, {"term": {"status": "running"}}]}}
    async with connected(settings) as es:
        with transient_errors(es):
            return await count_documents(es, MOVIES, query)
