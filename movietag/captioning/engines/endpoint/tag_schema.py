"""Lists of tags from an endpoint: the schema that an answer has to keep to, and what is read of it.

vLLM, SGLang, llama.cpp, Ollama, LM Studio and OpenAI take a JSON schema as ``response_format``, and decode by it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final

_LIST: Final = re.compile(r'\s*\{\s*"tags"\s*:\s*\[(.*)', re.DOTALL)
_QUOTED: Final = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt])){1,400}"')


def tag_schema(tags: Sequence[str]) -> dict[str, Any]:
    """The field ``response_format`` for lists of these tags."""
    listed = {"type": "array", "items": {"type": "string", "enum": list(tags)}}
    schema = {
        "type": "object",
        "properties": {"tags": listed},
        "required": ["tags"],
        "additionalProperties": False,
    }
    return {
        "type": "json_schema",
        "json_schema": {"name": "tags", "strict": True, "schema": schema},
    }


def tags_of_reply(text: str, tags: Sequence[str]) -> list[str] | None:
    """The tags of a list, each once, of one that was cut those before the cut; None where the text is no such list."""
    found = _LIST.match(text)
    if found is None:
        return None
    known = set(tags)
    quoted = map(json.loads, _QUOTED.findall(found[1]))  # some servers write letters as escapes
    return list(dict.fromkeys(one for one in quoted if one in known))
