"""What an endpoint answers: a completion, or the list of its models. Both are hostile input."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from movietag.captioning.engines import Finish, ModelAnswer
from movietag.captioning.engines.endpoint.faults import EndpointFault, FaultKind, endpoint_words

_TEXTS: Final = frozenset({"", "text", "output_text"})
_WHOLE: Final = frozenset({"stop", "end_turn", "eos", "eos_token", "stop_sequence"})
_CUT: Final = frozenset({"length", "max_tokens", "model_length"})
# What vLLM, SGLang, Ollama and routers say of an answer that they broke off.
_BROKEN_OFF: Final = frozenset({"abort", "aborted", "cancelled", "error", "load", "unload"})


class ContentPart(msgspec.Struct):
    """A part of an answer: text, or a thought, which is nothing said."""

    type: str = ""
    text: str | None = None


class ChoiceMessage(msgspec.Struct):
    """Of one choice; ``reasoning_content`` and tool calls are passed over."""

    content: str | list[ContentPart] | None = None
    refusal: str | None = None


class CompletionChoice(msgspec.Struct):
    """One answer."""

    message: ChoiceMessage
    finish_reason: str | None = None


class Completion(msgspec.Struct):
    """The answer to a chat completion."""

    choices: list[CompletionChoice]


class ListedModel(msgspec.Struct):
    """A model in an endpoint's list. vLLM tells ``root`` and ``parent``, llama.cpp ``meta``: null while it loads."""

    id: str
    owned_by: str | None = None
    root: str | None = None
    parent: str | None = None
    meta: dict[str, Any] | msgspec.UnsetType | None = msgspec.UNSET

    @property
    def loading(self) -> bool:
        """Whether it is still being loaded, so that its facts are not known yet."""
        return self.owned_by == "llamacpp" and self.meta is None


class ModelList(msgspec.Struct):
    """The answer of ``/models``."""

    data: list[ListedModel]


class StoredModel(msgspec.Struct):
    """A model in Ollama's own list."""

    name: str
    digest: str = ""


class StoredModels(msgspec.Struct):
    """The answer of Ollama's ``/api/tags``."""

    models: list[StoredModel]


def read_completion(body: bytes, where: str) -> ModelAnswer:
    """The answer in a completion; no content is an empty one.

    Raises:
        EndpointFault: it is none, was broken off, or a filter of the endpoint holds the answer back.
    """
    try:
        (choice,) = msgspec.json.decode(body, type=Completion).choices[:1]
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise EndpointFault(
            FaultKind.UNCLEAR, f"{where} answers what is no completion: {endpoint_words(body)}"
        ) from None
    if choice.finish_reason == "content_filter":
        raise EndpointFault(FaultKind.PICTURE, f"{where}: a content filter holds the answer back.")
    if choice.finish_reason in _BROKEN_OFF:
        raise EndpointFault(
            FaultKind.UNCLEAR, f"{where} has broken an answer off ({choice.finish_reason})."
        )
    content = choice.message.content
    if isinstance(content, list):
        content = "".join(part.text or "" for part in content if part.type in _TEXTS)
    return ModelAnswer((content or choice.message.refusal or "").strip(), finish=_finish(choice))


def _finish(choice: CompletionChoice) -> Finish:
    if choice.finish_reason in _WHOLE:
        return "stop"
    return "length" if choice.finish_reason in _CUT else ""


def read_models(body: bytes, where: str) -> list[ListedModel]:
    """The models that an endpoint lists.

    Raises:
        EndpointFault: it is no such list.
    """
    kinds: tuple[type[ModelList] | type[list[ListedModel]], ...] = (ModelList, list[ListedModel])
    for kind in kinds:
        try:
            read = msgspec.json.decode(body, type=kind)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            continue
        return read.data if isinstance(read, ModelList) else read
    raise EndpointFault(
        FaultKind.AWAY, f"{where}/models answers what is no list of models: {endpoint_words(body)}"
    )


def read_digest(body: bytes, model: str) -> str:
    """Ollama's digest of a model; empty where it tells none."""
    try:
        stored = msgspec.json.decode(body, type=StoredModels).models
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return ""
    return next((one.digest for one in stored if one.name == model), "")
