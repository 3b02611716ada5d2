"""A stand-in for the package ``vllm``, which misbehaves where the width of a picture says so.

``lay_out_vllm`` puts it into a folder as that package: for tests, and for a real Triton, whose stub looks for modules in
the folder of a model.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

__version__ = "0.stand-in"

OUT_OF_MEMORY, NO_OUTPUTS, NOTHING, EMPTY, CUT, ABORTED, DEAD, WAITS, RELEASES = range(101, 110)
"""What a picture of this width meets."""
CAPTION = "A scene from a movie containing tag data 'horror'"
LISTED = "A scene from a movie containing tag data 'horror', 'gothic', 'horror'"
"""What it says where answers are held to a regular expression, which must match it: vLLM may repeat a tag."""


@dataclass
class AsyncEngineArgs:
    """The arguments that the engine may pass, and some that users may."""

    model: str
    dtype: str
    max_model_len: int
    disable_log_stats: bool
    trust_remote_code: bool
    limit_mm_per_prompt: dict[str, int]
    mm_processor_kwargs: dict[str, object] | None
    max_num_seqs: int = 256
    enforce_eager: bool = False
    quantization: str = ""
    structured_outputs_config: dict[str, str] = field(default_factory=dict)


@dataclass
class SamplingParams:
    """As the engine sets them."""

    temperature: float
    max_tokens: int
    stop_token_ids: list[int]
    repetition_penalty: float
    detokenize: bool
    output_kind: str
    structured_outputs: Any = None


@dataclass
class AsyncLLMEngine:
    """Answers each prompt with ``CAPTION``, ended by the model's own token."""

    arguments: AsyncEngineArgs
    errored: bool = False
    stopped: bool = False
    asked: list[tuple[Any, SamplingParams, dict[str, bool]]] = field(default_factory=list)

    @classmethod
    def from_engine_args(cls, arguments: AsyncEngineArgs) -> AsyncLLMEngine:
        """The engine, in the running loop."""
        asyncio.get_running_loop()
        if arguments.quantization == "unheard-of":
            raise ValueError("Unknown quantization\nmethod: unheard-of.")
        return cls(arguments)

    def __post_init__(self) -> None:
        import transformers

        self.model_config = SimpleNamespace(dtype=f"torch.{self.arguments.dtype}")
        self._tokenizer: Any = transformers.AutoTokenizer.from_pretrained(self.arguments.model)
        self._released = asyncio.Event()
        ENGINES.append(self)

    async def generate(
        self,
        prompt: dict[str, Any],
        sampling: SamplingParams,
        _request: str,
        *,
        tokenization_kwargs: dict[str, bool],
    ) -> AsyncIterator[Any]:
        """One output, or what the picture's width says."""
        self.asked.append((prompt, sampling, tokenization_kwargs))
        width = prompt["multi_modal_data"]["image"].width
        if sampling.structured_outputs and self.arguments.structured_outputs_config:
            raise ValueError("No such backend\nof structured outputs.")
        if width == OUT_OF_MEMORY:
            raise RuntimeError("CUDA out of memory.\nTried to allocate 2 GiB.")
        if width == DEAD:
            self.errored = True
            raise RuntimeError("EngineCore encountered an issue.")
        if width == NOTHING:
            return
        if width == WAITS:
            await self._released.wait()
        if width == RELEASES:
            self._released.set()
        yield SimpleNamespace(
            outputs=[] if width == NO_OUTPUTS else [self._output(width, sampling)]
        )

    def _output(self, width: int, sampling: SamplingParams) -> Any:
        only = sampling.structured_outputs
        text = LISTED if only and re.fullmatch(only.regex, LISTED) else CAPTION
        ids = self._tokenizer(text, add_special_tokens=False).input_ids
        if width == EMPTY:
            ids = []
        if width == CUT:
            ids = ids[: -2 if only else 3]
            return SimpleNamespace(token_ids=ids, finish_reason="length")
        reason = "abort" if width == ABORTED else "stop"
        return SimpleNamespace(token_ids=[*ids, *sampling.stop_token_ids], finish_reason=reason)

    def shutdown(self) -> None:
        """End it."""
        self.stopped = True


ENGINES: list[AsyncLLMEngine] = []
SAMPLING_PARAMS = """
from dataclasses import dataclass

class RequestOutputKind:
    FINAL_ONLY = 'final only'

@dataclass
class StructuredOutputsParams:
    regex: str
"""


def lay_out_vllm(folder: Path) -> Path:
    """Put the package into a folder; returns the folder."""
    package = folder / "vllm"
    package.mkdir(parents=True)
    shutil.copy(__file__, package / "__init__.py")
    (package / "sampling_params.py").write_text(SAMPLING_PARAMS)
    return folder
