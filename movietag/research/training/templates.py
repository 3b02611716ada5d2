"""Chat templates with begin and end tokens: without an end token a tuned model never learns to stop.

LLaVA-1.5's own template has neither, and TRL adds none. A template that lacks them is wrapped once, and saved with
the adapter and the merged model: serving uses exactly the template of the training.
"""

from __future__ import annotations

from typing import Any, Final

from movietag.captioning.model_inputs import ModelInputs
from movietag.errors import UsageError

CONVERSATION: Final = (
    {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Question"}]},
    {"role": "assistant", "content": [{"type": "text", "text": "Answer"}]},
)


def with_ends(template: str, *, begin: bool, end: bool) -> str:
    """A template with a begin token before everything, and an end token after a final answer."""
    said = f"{{% set said %}}{template}{{% endset %}}"
    first = "{{ bos_token }}" if begin else ""
    if not end:
        return f"{first}{template}"
    return (
        f"{first}{said}{{% if messages[-1]['role'] == 'assistant' %}}"
        "{{ said.rstrip() }}{{ eos_token }}{% else %}{{ said }}{% endif %}"
    )


def add_ends(processor: Any) -> bool:
    """Add the missing begin and end tokens to a processor's template; return whether any was missing.

    Raises:
        UsageError: the processor has no chat template, or no end token, or its template separates prompt and
            answer differently than it ends a prompt without an answer.
    """
    tokenizer = processor.tokenizer
    inputs = ModelInputs(processor)
    if not tokenizer.eos_token:
        raise UsageError("The base model's tokenizer has no end token (eos_token).")
    whole = _render(processor, CONVERSATION).rstrip()
    begins = not tokenizer.bos_token or whole.startswith(tokenizer.bos_token)
    # Templates of other families end a turn with a token of their own, which is fine, too.
    ends = whole.endswith(tuple(tokenizer.all_special_tokens))
    if not (begins and ends):
        processor.chat_template = with_ends(processor.chat_template, begin=not begins, end=not ends)
    inputs.answer_ids("Answer")  # the template may be one that cannot be taught
    return not (begins and ends)


def _render(processor: Any, messages: Any) -> str:
    return str(processor.apply_chat_template(list(messages)))
