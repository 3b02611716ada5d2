"""Calls of one model over gRPC: what it takes and gives, which versions are served, its process alive.

A model (model_repository/llava) takes ``IMAGE``, a JPEG, and gives ``CAPTION``, ``PROMPT``, ``TAGGER`` and
``MODEL_MS``; ``CONTEXT``, ``SCORED`` and ``FINISH`` where it has them. Asked for ``TAGGER`` alone, it answers without
captioning.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from tritonclient.grpc import InferInput, InferRequestedOutput
from tritonclient.grpc.aio import InferenceServerClient
from tritonclient.utils import InferenceServerException

from movietag.captioning import NOTHING_KNOWN
from movietag.captioning.triton.answers import AnswerReader
from movietag.captioning.triton.connection import connect
from movietag.captioning.triton.served_model import ServedModel, has_died, is_of_model
from movietag.records import Context, TaggerId, encode

OUTPUTS = ("CAPTION", "PROMPT", "TAGGER", "MODEL_MS", "SCORED", "FINISH")
NEEDED = frozenset({"IMAGE", *OUTPUTS[:4]})


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a model: a frame (empty: none), what is known of it, and which outputs."""

    jpeg: bytes
    outputs: Sequence[str]
    context: Context = NOTHING_KNOWN


WHO = Question(b"", ("TAGGER",))


class ModelCalls:
    """Calls of one model; connects at the first one, in its event loop.

    Where the model's process has died, it has Triton load the model again; Triton itself does not.

    Args:
        model: which one.
        key: what Triton asks of every call; empty: nothing.
    """

    def __init__(self, model: ServedModel, key: str) -> None:
        self._model = model
        self._key = key
        self._reader = AnswerReader(model)
        self._connected: InferenceServerClient | None = None
        self._loading = asyncio.Lock()
        self._loads = 0
        self._offers: frozenset[str] | None = None  # None: not asked yet
        self._versions: dict[TaggerId, str] = {}  # of taggers that were asked for

    async def ask(
        self, question: Question, tagger: TaggerId | None = None, within: float | None = None
    ) -> Any:
        """The client's InferResult, of the version that is this tagger; where none is, of the newest.

        Args:
            question: what is asked.
            tagger: who is to answer; None: the newest.
            within: seconds; default: the model's deadline.

        Raises:
            InferenceServerException: the model or the way to it has failed.
            CaptionFailed: the model's process had died; it runs again.
            TransientError: it had died, and Triton does not load it.
        """
        client, loads = self._client(), self._loads
        try:
            version = await self._version(client, tagger) if tagger else ""
            return await self._infer(client, question, version, within)
        except InferenceServerException as error:
            self._offers = None  # whoever answers next may be another model
            if not is_of_model(error):
                self._versions = {}
            if not has_died(error):
                raise
        await self._load_again(client, loads)
        raise self._model.dead()

    async def served(self) -> dict[TaggerId, str]:
        """The served versions of the model, by the tagger that each is.

        Raises:
            InferenceServerException: there is no model to ask at present.
        """
        return await self._served(self._client())

    def forget_version(self, tagger: TaggerId) -> bool:
        """Ask again at the next call which version a tagger is; whether one was known."""
        return bool(self._versions.pop(tagger, None))

    async def close(self) -> None:
        """Close the connection."""
        connected, self._connected = self._connected, None
        if connected is not None:
            await connected.close()

    def _client(self) -> InferenceServerClient:
        if self._connected is None:
            self._connected = connect(
                self._model.address, self._key, self._model.tls, self._model.host
            )
        return self._connected

    async def _offered(self, client: InferenceServerClient) -> frozenset[str]:
        """The model's inputs and outputs; CONTEXT, SCORED and FINISH may be missing. Asked again after a failure.

        Raises:
            TransientError: one that is needed is missing: it is another kind of model.
        """
        if self._offers is None:
            metadata = await self._metadata(client)
            offers = frozenset(one.name for one in (*metadata.inputs, *metadata.outputs))
            if missing := NEEDED - offers:
                raise self._model.unfit(missing)
            self._offers = offers
        return self._offers

    async def _version(self, client: InferenceServerClient, tagger: TaggerId) -> str:
        """The version of the model that is this tagger; empty, which is the newest, where none is."""
        if tagger not in self._versions:
            self._versions = await self._served(client)
        return self._versions.get(tagger, "")

    async def _served(self, client: InferenceServerClient) -> dict[TaggerId, str]:
        metadata = await self._metadata(client)
        return {await self._who(client, version): version for version in metadata.versions}

    async def _metadata(self, client: InferenceServerClient) -> Any:
        return await client.get_model_metadata(self._model.name, client_timeout=self._model.seconds)

    async def _who(self, client: InferenceServerClient, version: str) -> TaggerId:
        answer = await self._infer(client, WHO, version)
        return TaggerId(self._reader.text(answer, "TAGGER"))

    async def _infer(
        self,
        client: InferenceServerClient,
        question: Question,
        version: str,
        within: float | None = None,
    ) -> Any:
        offers = await self._offered(client)
        inputs = {"IMAGE": question.jpeg}
        if "CONTEXT" in offers:
            inputs["CONTEXT"] = encode(question.context)
        return await client.infer(
            self._model.name,
            [_input(name, value) for name, value in inputs.items()],
            outputs=[InferRequestedOutput(name) for name in question.outputs if name in offers],
            model_version=version,
            client_timeout=within or self._model.seconds,
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
                raise self._model.not_loaded(error) from None
            self._loads += 1

    async def _unload_and_load(self, client: InferenceServerClient) -> None:
        # A load alone of an unchanged model would do nothing.
        await client.unload_model(self._model.name)
        await client.load_model(self._model.name)


def _input(name: str, value: bytes) -> InferInput:
    """An input of one row that holds one text."""
    made = InferInput(name, [1, 1], "BYTES")
    made.set_data_from_numpy(np.array([[value]], dtype=np.object_))
    return made
