"""Captions by Triton over gRPC: one request a frame; Triton itself makes the batches.

The model (model_repository/llava) takes ``IMAGE``, a JPEG, and gives ``CAPTION``, ``PROMPT``,
``TAGGER`` and ``MODEL_MS``, and ``SCORED`` where it scores tags (movietag.captioning.scoring). Asked
for ``TAGGER`` alone, it answers without captioning.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
import numpy as np
from tritonclient.grpc import InferInput, InferRequestedOutput
from tritonclient.grpc.aio import InferenceServerClient
from tritonclient.utils import InferenceServerException

from movietag.captioning import NOTHING_KNOWN, Captioned, CaptionFailed
from movietag.captioning.connection import LARGEST_MESSAGE, connect
from movietag.errors import MovietagError, PermanentError, TransientError
from movietag.records import Context, TaggerId, encode
from movietag.records.bounds import MOST_CAPTION, TAGGER_ID, AnySeconds, Text
from movietag.redaction import redacted
from movietag.settings import Settings
from movietag.settings.credentials import triton_key

__all__ = ["CaptionFailed", "TritonCaptioner"]

LARGEST_IMAGE = LARGEST_MESSAGE - (64 << 10)  # the rest of the request needs some, too

_NEEDED = frozenset({"CAPTION", "PROMPT", "TAGGER", "MODEL_MS"})
_OUTPUTS = (*_NEEDED, "SCORED")

# Perhaps of the frame. Every other status tells of the way to the model: away, busy, not loaded.
_MODEL_ERRORS = frozenset({"StatusCode.INTERNAL", "StatusCode.UNKNOWN"})
_LATE = "StatusCode.DEADLINE_EXCEEDED"
_REFUSED = "StatusCode.INVALID_ARGUMENT"
# Of a model that is not in the repository. One that is being loaded again has "no available versions".
_UNKNOWN = "is not found"
# Of a call without the key that this Triton asks for.
_RESTRICTED = "protocol is restricted"
# Triton's python backend, when the model's process died: it is not started again, every request gets
# this (as INTERNAL), and the model still counts as ready.
_DIED = "Stub process"


class Scored(msgspec.Struct, frozen=True):
    """What a model that scores tags answers, in JSON: the tags that count, and of which vocabulary."""

    vocabulary: str
    confidence: dict[str, Annotated[float, msgspec.Meta(ge=0, le=1)]]


AnyTagger = Annotated[TaggerId, TAGGER_ID]


class Said(msgspec.Struct, frozen=True):
    """What a model says beside its caption, with the bounds of a record."""

    tagger: AnyTagger
    prompt: Text
    model_ms: AnySeconds


class TritonCaptioner:
    """A ``Captioner``: asks one model of one Triton. Connects at the first call, in its event loop.

    Where the model's process has died, it has Triton load the model again; Triton itself does not.

    Args:
        address: ``host:port`` of Triton's gRPC service.
        model: name in Triton's model repository.
        seconds: deadline of a call, waiting in Triton's queue included (not of loading).
        awaited: whether a model that Triton does not know is expected to come; else the calls raise
            PermanentError ``no-model``.
        key: what Triton asks of every call, if anything (see ``captioning.access``).
    """

    def __init__(
        self, address: str, model: str, seconds: float, *, awaited: bool = True, key: str = ""
    ) -> None:
        self._address = address
        self._key = key
        self._awaited = awaited
        self._model = model
        self._seconds = seconds
        self._connected: InferenceServerClient | None = None
        self._loading = asyncio.Lock()
        self._loads = 0
        self._offers: frozenset[str] | None = None  # None: not asked yet
        self._versions: dict[TaggerId, str] = {}  # of taggers that were asked for

    @classmethod
    def from_settings(cls, settings: Settings) -> TritonCaptioner:
        """The captioner of these settings."""
        key = triton_key(settings)
        return cls(settings.triton_address, settings.model, settings.caption_seconds, key=key)

    async def caption(
        self, jpeg: bytes, context: Context = NOTHING_KNOWN, tagger: TaggerId | None = None
    ) -> Captioned:
        """Caption one frame; see ``Captioner``."""
        if not jpeg:
            raise PermanentError("bad-image", "The frame is empty (0 bytes).")
        if len(jpeg) > LARGEST_IMAGE:
            raise PermanentError(
                "bad-image", f"The frame has {len(jpeg)} bytes; at most {LARGEST_IMAGE} are sent."
            )
        try:
            answer = await self._ask(jpeg, _OUTPUTS, context=context, tagger=tagger)
        except InferenceServerException as error:
            if error.status() == _REFUSED and "CONTEXT" in error.message():
                raise self._away(error) from None  # another model than the one that wanted it
            if error.status() == _REFUSED:
                reason = f"The model {self._model} refuses the frame: {error.message()}"
                raise PermanentError("bad-image", reason) from None
            if error.status() in _MODEL_ERRORS:
                raise CaptionFailed(f"The model {self._model} failed: {error.message()}") from None
            if error.status() == _LATE:
                raise CaptionFailed(
                    f"The model {self._model} at {redacted(self._address)} gave no caption within"
                    f" {self._seconds:g} s ({_LATE})."
                ) from None
            raise self._away(error) from None
        caption = self._text(answer, "CAPTION")
        if len(caption) > MOST_CAPTION:
            raise PermanentError(
                "bad-caption",
                f"The model {self._model} answered with {len(caption):,} characters; at most"
                f" {MOST_CAPTION:,} are taken. It begins: {caption[:100]!r}",
            )
        said = self._checked(answer)
        if tagger and said.tagger != tagger and self._versions.pop(tagger, None):
            raise TransientError(
                f"Triton at {redacted(self._address)} has changed versions; asking again."
            )
        scored = self._scored(answer)
        return Captioned(
            caption=caption,
            prompt=said.prompt,
            tagger=said.tagger,
            model_ms=said.model_ms,
            confidence=scored.confidence if scored else None,
            vocabulary=scored.vocabulary if scored else "",
        )

    def _checked(self, answer: Any) -> Said:
        """What a model says beside its caption, which goes into records.

        Raises:
            PermanentError: ``bad-answer``, no record can hold it.
        """
        try:
            made = {
                "tagger": self._text(answer, "TAGGER"),
                "prompt": self._text(answer, "PROMPT"),
                "model_ms": float(self._value(answer, "MODEL_MS")),
            }
            return msgspec.json.decode(msgspec.json.encode(made), type=Said)
        except (msgspec.MsgspecError, ValueError, TypeError) as error:
            raise PermanentError(
                "bad-answer",
                f"The model {self._model} answered with what cannot be taken: {error}. Correct the model,"
                " then replay the letter.",
            ) from None

    def _scored(self, answer: Any) -> Scored | None:
        """What a model that scores tags has found; None of one that writes captions."""
        values = answer.as_numpy("SCORED")
        if values is None or not values.size or not values.reshape(-1)[0]:
            return None
        try:
            return msgspec.json.decode(values.reshape(-1)[0], type=Scored)
        except msgspec.MsgspecError as error:
            raise PermanentError(
                "bad-scores", f"The model {self._model} answered with bad scores: {error}."
            ) from None

    async def tagger(self, within: float | None = None, like: TaggerId | None = None) -> TaggerId:
        """Which tagger answers; see ``Captioner``."""
        try:
            answer = await self._ask(b"", ("TAGGER",), within, tagger=like)
        except InferenceServerException as error:
            raise self._away(error) from None
        said = self._text(answer, "TAGGER")
        try:
            return msgspec.convert(said, AnyTagger)
        except msgspec.ValidationError as error:
            raise TransientError(
                f"The model {self._model} at {redacted(self._address)} calls itself {said[:200]!r}, which can be no"
                f" tagger's id ({error}). Correct the model; what waits goes on then."
            ) from None

    async def versions(self) -> dict[TaggerId, str]:
        """The served versions of the model, by the tagger that each is.

        Raises:
            TransientError: there is no model to ask at present.
        """
        try:
            return await self._served(self._client())
        except InferenceServerException as error:
            raise self._away(error) from None

    async def close(self) -> None:
        """Close the connection."""
        connected, self._connected = self._connected, None
        if connected is not None:
            await connected.close()

    async def _ask(
        self,
        jpeg: bytes,
        names: Sequence[str],
        within: float | None = None,
        context: Context = NOTHING_KNOWN,
        tagger: TaggerId | None = None,
    ) -> Any:
        """The client's InferResult; tritonclient is not typed."""
        client, loads = self._client(), self._loads
        try:
            version = await self._version(client, tagger) if tagger else ""
            return await self._infer(client, jpeg, names, context, version, within)
        except InferenceServerException as error:
            self._offers = None  # whoever answers next may be another model
            if error.status() not in _MODEL_ERRORS | {_LATE}:
                self._versions = {}
            if _DIED not in str(error):
                raise
        await self._load_again(client, loads)
        raise CaptionFailed(f"The process of the model {self._model} died; it was started again.")

    def _client(self) -> InferenceServerClient:
        if self._connected is None:
            self._connected = connect(self._address, self._key)
        return self._connected

    async def _offered(self, client: InferenceServerClient) -> frozenset[str]:
        """The model's inputs and outputs; CONTEXT and SCORED may be missing. Asked again after a failure."""
        if self._offers is None:
            told = await client.get_model_metadata(self._model, client_timeout=self._seconds)
            self._offers = frozenset(one.name for one in (*told.inputs, *told.outputs))
        return self._offers | _NEEDED

    async def _version(self, client: InferenceServerClient, tagger: TaggerId) -> str:
        """The version of the model that is this tagger; empty, which is the newest, where none is."""
        if tagger not in self._versions:
            self._versions = await self._served(client)
        return self._versions.get(tagger, "")

    async def _served(self, client: InferenceServerClient) -> dict[TaggerId, str]:
        told = await client.get_model_metadata(self._model, client_timeout=self._seconds)
        return {await self._who(client, version): version for version in told.versions}

    async def _who(self, client: InferenceServerClient, version: str) -> TaggerId:
        answer = await self._infer(client, b"", ("TAGGER",), NOTHING_KNOWN, version)
        return TaggerId(self._text(answer, "TAGGER"))

    async def _infer(
        self,
        client: InferenceServerClient,
        jpeg: bytes,
        names: Sequence[str],
        context: Context,
        version: str,
        within: float | None = None,
    ) -> Any:
        offers = await self._offered(client)
        given = {"IMAGE": jpeg}
        if "CONTEXT" in offers:
            given["CONTEXT"] = encode(context)
        return await client.infer(
            self._model,
            [_input(name, value) for name, value in given.items()],
            outputs=[InferRequestedOutput(name) for name in names if name in offers],
            model_version=version,
            client_timeout=within or self._seconds,
        )

    async def _load_again(self, client: InferenceServerClient, loads: int) -> None:
        """Have a model whose process died loaded again, once for all calls that met its death.

        Raises:
            TransientError: Triton does not; the text says what to do.
        """
        async with self._loading:
            if self._loads != loads:
                return
            try:
                # Whoever is cancelled here must not leave the model unloaded.
                await asyncio.shield(asyncio.ensure_future(self._unload_and_load(client)))
            except InferenceServerException as error:
                raise TransientError(
                    f"The process of the model {self._model} died, and Triton at {redacted(self._address)} does"
                    f" not load it again ({error.message()}). Restart Triton; started with"
                    " --model-control-mode=explicit --load-model=* it would have."
                ) from None
            self._loads += 1

    async def _unload_and_load(self, client: InferenceServerClient) -> None:
        await client.unload_model(self._model)  # a load of an unchanged model would do nothing
        await client.load_model(self._model)

    def _away(self, error: InferenceServerException) -> MovietagError:
        if error.message().endswith(_UNKNOWN) and not self._awaited:
            return PermanentError(
                "no-model",
                f"Triton at {redacted(self._address)} has no model {self._model!r} ({error.message()}). Put it into"
                " its model repository, or name another one.",
            )
        if _RESTRICTED in error.message():
            return TransientError(
                f"Triton at {redacted(self._address)} asks for another key than ours."
                " Check MOVIETAG_TRITON_KEY, and MOVIETAG_HOME where it is the embedded one."
            )
        return TransientError(
            f"Triton at {redacted(self._address)} does not answer for the model {self._model}"
            f" ({error.status()}: {error.message()})."
        )

    def _text(self, answer: Any, name: str) -> str:
        value = self._value(answer, name)
        return value.decode(errors="replace") if isinstance(value, bytes) else str(value)

    def _value(self, answer: Any, name: str) -> Any:
        """The one value of an output.

        Raises:
            TransientError: it is not there. Triton's response cache does that, too: it keeps an error
                and gives it to the next equal request as a success without outputs.
        """
        values = answer.as_numpy(name)
        if values is None or values.size != 1:
            raise TransientError(
                f"The model {self._model} at {redacted(self._address)} answered without {name}. If Triton's"
                " response cache is on for it, turn it off."
            )
        return values.reshape(-1)[0]


def _input(name: str, value: bytes) -> InferInput:
    """An input of one row that holds one text."""
    made = InferInput(name, [1, 1], "BYTES")
    made.set_data_from_numpy(np.array([[value]], dtype=np.object_))
    return made
