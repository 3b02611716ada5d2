"""vLLM's asynchronous engine in a thread of its own, for callers that wait."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from PIL.Image import Image

from movietag.captioning import CaptionFailed
from movietag.captioning.engines.loop_thread import LoopThread
from movietag.errors import UsageError


class VllmThread:
    """A running vLLM. Any number of threads may call ``generate`` at the same time.

    Args:
        arguments: of vLLM's ``AsyncEngineArgs``.

    Raises:
        UsageError: vLLM does not know an argument, or cannot serve the model.
    """

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        self._vllm: Any = import_module("vllm")
        self._loop = LoopThread("vllm")
        try:
            self._engine: Any = self._loop.run(self._start(arguments))
        except BaseException:
            self._loop.close()
            raise

    @property
    def dtype(self) -> str:
        """The number format in which vLLM computes: bfloat16, float16 or float32."""
        return str(self._engine.model_config.dtype).removeprefix("torch.")

    @property
    def dead(self) -> bool:
        """Whether vLLM's own process has died."""
        return bool(self._engine.errored)

    def generate(
        self, asked: Sequence[tuple[str, Image]], sampling: Any, *, begin: bool
    ) -> list[Any]:
        """The ``CompletionOutput`` of each prompt with its picture, or the CaptionFailed of it.

        Args:
            asked: rendered prompts and their pictures.
            sampling: vLLM's ``SamplingParams``.
            begin: whether the tokenizer adds its begin token.
        """
        return list(self._loop.run(self._generate_all(asked, sampling, begin)))

    def close(self) -> None:
        """End vLLM's processes and the thread."""
        self._loop.run(self._shut_down())
        self._loop.close()

    async def _start(self, given: Mapping[str, Any]) -> Any:
        """The engine, which takes the loop that it is started in."""
        version = self._vllm.__version__
        try:
            arguments = self._vllm.AsyncEngineArgs(**given)
        except TypeError as error:
            raise UsageError(f"engine_options: vLLM {version} says: {_line(error)}.") from None
        try:
            return self._vllm.AsyncLLMEngine.from_engine_args(arguments)
        except Exception as error:
            raise UsageError(
                f"vLLM {version} cannot serve {given['model']}: {_line(error)} (vLLM's own lines are in the log"
                " above.) Change MOVIETAG_ENGINE_OPTIONS, or use the engine transformers."
            ) from error

    async def _shut_down(self) -> None:
        self._engine.shutdown()

    async def _generate_all(
        self, asked: Sequence[tuple[str, Image]], sampling: Any, begin: bool
    ) -> list[Any]:
        return await asyncio.gather(
            *(self._generate(prompt, picture, sampling, begin) for prompt, picture in asked)
        )

    async def _generate(self, prompt: str, picture: Image, sampling: Any, begin: bool) -> Any:
        outputs = self._engine.generate(
            {"prompt": prompt, "multi_modal_data": {"image": picture}},
            sampling,
            uuid.uuid4().hex,
            tokenization_kwargs={"add_special_tokens": begin},
        )
        said = None
        try:
            async for one in outputs:
                said = one.outputs[0] if one.outputs else None
        except Exception as error:  # noqa: BLE001  # vLLM's own kinds change with its version
            return CaptionFailed(f"vLLM failed: {_line(error)}")
        return said or CaptionFailed("vLLM ended an answer without a word about it.")


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:600] or type(error).__name__
