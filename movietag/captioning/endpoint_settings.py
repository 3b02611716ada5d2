"""The parameters of the engine `openai`: which endpoints are asked, as whom, and within which limits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from movietag.captioning.parameters import Parameters
from movietag.errors import UsageError
from movietag.redaction import has_user

ENGINE: Final = "openai"
RESERVED: Final = frozenset({"messages", "model", "n", "response_format", "stream"})
"""Fields of a request that ``options`` must not change: answers could not be read, or not be told apart."""
EXAMPLE: Final = '["http://127.0.0.1:8000/v1"]'


@dataclass(frozen=True, slots=True)
class EndpointAddress:
    """An endpoint: the URL before ``/chat/completions``, and its share of the requests."""

    base: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """The parameters of the engine.

    Attributes:
        addresses: at least one; all serve the same model.
        model: its name there; empty: the only one that is served.
        key_file: with the API key; None: none is sent.
        revision: what is known of the model's revision that an endpoint does not tell.
        options: further fields of each request; None as a value removes one.
        seconds: within which an endpoint answers one request.
        parallel: requests in flight at a time.
        image_side: longest side of a picture that is sent, in pixels.
        image_bytes: largest picture that is sent, as a JPEG.
    """

    addresses: tuple[EndpointAddress, ...]
    model: str = ""
    key_file: Path | None = None
    revision: str = ""
    options: Mapping[str, object] = field(default_factory=dict)
    seconds: float = 45.0
    parallel: int = 32
    image_side: int = 1024
    image_bytes: int = 1_000_000


def read_endpoints(parameters: Parameters) -> EndpointSettings | None:
    """The settings out of a model's parameters; None where another engine is selected.

    Raises:
        UsageError: a parameter does not fit, or one is set that this engine does not have.
    """
    if parameters.text("engine", "") != ENGINE:
        return None
    if parameters.text("mode", "caption") != "caption":
        raise UsageError(
            "mode: the engine openai writes captions only; an endpoint tells no scores of a vocabulary."
            " Use the mode caption, or the engine transformers."
        )
    if parameters.text("adapter_path", ""):
        raise UsageError(
            "adapter_path: the engine openai cannot apply an adapter. Serve the merged model (`movietag"
            " merge`) or the adapter at the endpoint, and name it by MOVIETAG_ENDPOINT_MODEL."
        )
    if parameters.options("image_options", "{}"):
        raise UsageError(
            "image_options: the engine openai has no image processor. What the endpoint knows as"
            " mm_processor_kwargs can be sent by MOVIETAG_ENDPOINT_OPTIONS."
        )
    options = parameters.options("endpoint_options", "{}")
    if wrong := sorted(RESERVED & options.keys()):
        raise UsageError(f"endpoint_options: {', '.join(wrong)} cannot be changed.")
    key_file = parameters.text("endpoint_key_file", "")
    return EndpointSettings(
        addresses=_addresses(parameters.texts("endpoints", "")),
        model=parameters.text("endpoint_model", ""),
        key_file=Path(key_file) if key_file else None,
        revision=parameters.text("endpoint_revision", ""),
        options=options,
        seconds=parameters.decimal("endpoint_seconds", "45"),
        parallel=parameters.number("endpoint_parallel", "32", least=1),
        image_side=parameters.number("endpoint_image_side", "1024", least=32),
        image_bytes=parameters.number("endpoint_image_bytes", "1000000", least=10_000),
    )


def _addresses(given: tuple[str, ...]) -> tuple[EndpointAddress, ...]:
    if not given:
        raise UsageError(
            f"The engine openai needs the address of an endpoint: MOVIETAG_ENDPOINTS='{EXAMPLE}'."
        )
    found = tuple(_address(one) for one in given)
    if len({one.base for one in found}) < len(found):
        raise UsageError("endpoints: one of them is named twice.")
    return found


def _address(text: str) -> EndpointAddress:
    base, _, share = text.strip().partition(" ")
    if has_user(base):
        raise UsageError(
            "endpoints: a user or password in an address would be logged. Put the key into a file, and"
            " name it by MOVIETAG_ENDPOINT_KEY_FILE."
        )
    try:
        parts = urlsplit(base)
        parts.port  # noqa: B018  # raises for one that is no number
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        shown = text.partition("?")[0]  # behind it may be a key
        raise UsageError(
            f"endpoints: {shown!r} is not an address such as those in {EXAMPLE}, without a query."
        )
    path = parts.path.rstrip("/").removesuffix("/chat/completions") or "/v1"
    return EndpointAddress(f"{parts.scheme}://{parts.netloc}{path}", _weight(text, share.strip()))


def _weight(text: str, share: str) -> float:
    try:
        weight = float(share or "1")
    except ValueError:
        weight = 0.0
    if not (math.isfinite(weight) and 0 < weight <= 1e6):
        raise UsageError(
            f"endpoints: {text!r}: behind the address stands its weight, a number above 0."
        )
    return weight
