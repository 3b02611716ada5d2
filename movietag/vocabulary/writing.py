"""Writing a vocabulary as TOML that reads back as the same vocabulary, whatever file it came from."""

from __future__ import annotations

import json

from movietag.vocabulary.model import Vocabulary

_DELETE = "\x7f"  # JSON allows it unescaped, TOML does not


def to_toml(vocabulary: Vocabulary) -> str:
    """TOML with the tags in their order, their aliases, and the groups; comments are lost.

    Saved as ``NAME.toml`` and read with the same rule, it has the same id.
    """
    lines = ["[tags]", *(_line(tag, forms) for tag, forms in vocabulary.aliases.items())]
    if vocabulary.named_groups:
        lines += ["", "[groups]"]
        lines += [_line(group, members) for group, members in vocabulary.named_groups.items()]
    return "\n".join(lines) + "\n"


def _line(key: str, values: tuple[str, ...]) -> str:
    return f"{_quoted(key)} = [{', '.join(map(_quoted, values))}]"


def _quoted(text: str) -> str:
    """A JSON string is a basic string of TOML, except for one character."""
    return json.dumps(text, ensure_ascii=False).replace(_DELETE, "\\u007f")
