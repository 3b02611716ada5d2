"""The engine ``vllm``: a vLLM in the process of Triton's model, which batches continuously and caches prefixes.

Many threads may ask at the same time: vLLM takes a frame into its running batch as soon as another one is done, so no
frame waits for the longest caption of a batch. The prompt, the preparation of pictures and the reading of tokens are
those of the engine ``transformers``. Greedy decoding only.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from PIL import Image

from movietag.captioning import NOTHING_KNOWN, CaptionFailed
from movietag.captioning.engines import Finish, ModelAnswer
from movietag.captioning.engines.vllm_arguments import (
    deciding_options,
    engine_arguments,
    require_vllm,
)
from movietag.captioning.engines.vllm_thread import VllmThread
from movietag.captioning.model_inputs import ModelInputs
from movietag.captioning.model_kind import check_captioner
from movietag.captioning.pictures import GREY, mean_colour, prepare_picture
from movietag.captioning.pretrained import prepare_libraries, served_processor
from movietag.captioning.serving_settings import ServingSettings
from movietag.captioning.tagger_id import tagger_id
from movietag.captioning.writing import end_tokens, list_grammar
from movietag.errors import MovietagError, PermanentError, UsageError
from movietag.records import Context

_RENDERED: Final = 1024  # prompts cached: the frames of a video share one
_FINISH: Final[dict[str, Finish]] = {"stop": "stop", "length": "length"}


class VllmEngine:
    """A vLLM, and the processor of its model.

    Args:
        settings: of the served model.

    Raises:
        UsageError: vLLM is not installed or cannot serve the model, or a parameter does not fit.
    """

    def __init__(self, settings: ServingSettings) -> None:
        require_vllm()
        prepare_libraries()
        # Read when vLLM and torch load: no collector of usage is asked, and looking for a GPU leaves CUDA as it is, for
        # vLLM forks.
        os.environ |= {"VLLM_NO_USAGE_STATS": "1", "PYTORCH_NVML_BASED_CUDA_CHECK": "1"}
        transformers: Any = import_module("transformers")
        self.settings = settings
        folder = settings.model_path
        check_captioner(folder)
        config = transformers.AutoConfig.from_pretrained(folder, local_files_only=True)
        arguments = engine_arguments(
            settings,
            cuda=bool(import_module("torch").cuda.is_available()),
            positions=int(config.get_text_config().max_position_embeddings),
        )
        self._parallel = int(arguments["max_num_seqs"])
        self._processor = served_processor(settings)
        generation = _generation(folder, config)
        self._sampling = greedy(settings, generation)
        padding = mean_colour(self._processor) if settings.do_pad else None
        self._prepare = partial(prepare_picture, padding=padding, size=settings.frame_size)
        self._pool = ThreadPoolExecutor(max(settings.threads, 1))
        self._inputs = ModelInputs(self._processor)
        tokens = self._inputs.control_tokens()
        self._render = partial(settings.prompt.render, settings.vocabulary, tokens=tokens)
        self._prompt = lru_cache(_RENDERED)(self._in_template)
        list_grammar(settings, self._processor.tokenizer, end_tokens(generation))  # does one fit?
        self._vllm = VllmThread(arguments)
        template = str(self._processor.chat_template)
        self.tagger = tagger_id(
            settings, template, self._vllm.dtype, options=deciding_options(settings)
        )

    @property
    def parallel(self) -> int:
        """Frames that may be asked at the same time."""
        return self._parallel

    @property
    def dead(self) -> bool:
        """Whether vLLM's own process has died."""
        return self._vllm.dead

    def prompt(self, context: Context = NOTHING_KNOWN) -> str:
        """What is asked of a frame of which this is known, in the model's chat template."""
        return self._prompt(context)

    def _in_template(self, context: Context) -> str:
        return self._inputs.prompt(self._render(context))

    def decode(self, data: Sequence[bytes]) -> list[Image.Image | PermanentError]:
        """Decode and pad, in threads; what cannot be read comes back as its error."""
        return list(self._pool.map(self._prepare, data))

    def answer(
        self, pictures: Sequence[Image.Image], contexts: Sequence[Context] | None = None
    ) -> tuple[list[ModelAnswer | MovietagError], float]:
        """See ``Engine``; any number of threads may call it at the same time."""
        start = time.perf_counter()
        prompts = [self.prompt(one) for one in contexts or [NOTHING_KNOWN] * len(pictures)]
        asked = list(zip(prompts, pictures, strict=True))
        begin = self._processor.tokenizer.bos_token
        has_begin = bool(begin) and all(one.startswith(begin) for one in prompts)
        said = self._vllm.generate(asked, self._sampling, begin=not has_begin)
        return [self._read(one) for one in said], (time.perf_counter() - start) * 1000

    def warm_up(self) -> None:
        """Ask about a grey picture: vLLM itself has warmed up when it started.

        Raises:
            UsageError: it cannot answer, e.g. because it cannot keep answers to lists of tags.
        """
        (answer,) = self.answer([GREY])[0]
        if isinstance(answer, MovietagError):
            raise UsageError(f"The model {self.settings.name} cannot caption: {answer}")

    def close(self) -> None:
        """End vLLM's processes and the threads."""
        self._vllm.close()
        self._pool.shutdown(wait=False)

    def _read(self, said: Any) -> ModelAnswer | MovietagError:
        """The answer in what vLLM says of a frame."""
        if isinstance(said, MovietagError):
            return said
        finish = _FINISH.get(said.finish_reason)
        if finish is None:
            return CaptionFailed(f"vLLM ended an answer before its end ({said.finish_reason}).")
        [text] = self._processor.batch_decode([list(said.token_ids)], skip_special_tokens=True)
        if lists := self.settings.prompt.lists:
            cut = finish != "stop"
            text = lists.text(lists.tags(text, self.settings.vocabulary.tags, cut=cut), cut=cut)
        return ModelAnswer(text.strip(), finish=finish)


def greedy(settings: ServingSettings, generation: Any) -> Any:
    """Sampling (``SamplingParams``) that generates as transformers does: greedy, with the model's own ends and penalty.

    Args:
        settings: of the served model.
        generation: the model's ``GenerationConfig``.
    """
    vllm: Any = import_module("vllm")
    kinds: Any = import_module("vllm.sampling_params")
    only: dict[str, Any] = {}
    if lists := settings.prompt.lists:
        regex = lists.regex(settings.vocabulary.tags)
        only = {"structured_outputs": kinds.StructuredOutputsParams(regex=regex)}
    return vllm.SamplingParams(
        temperature=0.0,
        max_tokens=settings.max_new_tokens,
        stop_token_ids=end_tokens(generation),
        repetition_penalty=generation.repetition_penalty or 1.0,
        detokenize=False,  # the processor reads the tokens, as for transformers
        output_kind=kinds.RequestOutputKind.FINAL_ONLY,
        **only,
    )


def _generation(folder: Path, config: Any) -> Any:
    """The model's ``GenerationConfig``: of its file, else of its configuration."""
    transformers: Any = import_module("transformers")
    if (folder / "generation_config.json").is_file():
        return transformers.GenerationConfig.from_pretrained(folder, local_files_only=True)
    return transformers.GenerationConfig.from_model_config(config)
