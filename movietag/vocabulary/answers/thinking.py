"""What a model wrote for itself, not for the reader: thinking text, and the marks of chat templates.

A model that thinks writes `<think>…</think>` before its answer, under one of several names. Where the chat
template has already opened the mark, only the closing one is in the answer; an answer cut by its limit has only
the opening one.
"""

from __future__ import annotations

import re
from typing import Final

_NAMES: Final = "think|thinking|thought|thoughts|reasoning|reflection"
_OPENS: Final = rf"<(?:{_NAMES})>|◁think▷|\[THINK\]|<\|channel\|>analysis<\|message\|>"
_CLOSES: Final = rf"</(?:{_NAMES})>|◁/think▷|\[/THINK\]|<\|channel\|>final<\|message\|>"
_MARK: Final = re.compile(rf"({_OPENS})|(?:{_CLOSES})", re.IGNORECASE)
_CHANNELS: Final = re.compile(r"\A\s*analysis(?=\S).*?assistantfinal", re.DOTALL)
_OF_TEMPLATES: Final = re.compile(
    r"<\|[a-z_]{1,40}\|>|</?(?:answer|s|bos|eos|pad|(?:start|end)_of_turn|end_of_utterance)>",
    re.IGNORECASE,
)


def without_thinking(text: str) -> tuple[str, bool]:
    """The answer alone, and whether the text ends in the middle of thinking."""
    text = _CHANNELS.sub("", text)  # the same channels, with their special tokens left out
    parts: list[str] = []
    end, thinking = 0, False
    for mark in _MARK.finditer(text):
        if mark[1] and not thinking:
            parts.append(text[end : mark.start()])
            thinking = True
        elif not mark[1]:
            if not thinking:
                parts.clear()  # opened by the chat template
            thinking = False
            end = mark.end()
    if not thinking:
        parts.append(text[end:])
    return _OF_TEMPLATES.sub(" ", " ".join(parts)), thinking
