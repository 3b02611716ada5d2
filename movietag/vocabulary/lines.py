"""The line of a key or value in a TOML file, which tomllib does not report.

Only for messages, and only for files that tomllib has parsed: unusual notation (dotted keys, inline tables,
multi-line strings) is not located, and the message then names no line.
"""

from __future__ import annotations

import re
import tomllib

_TEXT = r'"(?:[^"\\\n]|\\.)*"' + r"|'[^'\n]*'"
_TABLE = re.compile(rf"^[ \t]*\[[ \t]*({_TEXT}|[\w-]+)[ \t]*\]", re.MULTILINE)
_KEY = re.compile(rf"^[ \t]*({_TEXT}|[\w-]+)[ \t]*=", re.MULTILINE)
_VALUE = re.compile(rf"#[^\n]*|({_TEXT}|[^\s,\[\]#\"']+)|\]")


def line_of(text: str, table: str, key: str, number: int) -> int | None:
    """The line, from 1, of a key (``number`` 0) or of its value of this number, counted from 1.

    Args:
        text: the whole file.
        table: the `[table]` of the key; empty for the top level, where ``key`` may be a table too.
        key: as tomllib returns it, without quotes.
        number: 0, or which of the values in the key's list.

    Returns:
        None if it is not located.
    """
    starts = {_plain(match[1]): match for match in _TABLE.finditer(text)}
    if not table and key in starts:
        return _line(text, starts[key].start(1))
    begin = starts[table].end() if table in starts else 0
    later = [match.start() for match in starts.values() if match.start() >= begin]
    end = min(later, default=len(text))
    for match in _KEY.finditer(text, begin, end):
        if _plain(match[1]) == key:
            return _line(text, _value(text, match, number))
    return None


def _value(text: str, key: re.Match[str], number: int) -> int:
    """The position of the value with this number; that of the key if the list has fewer."""
    at = 0
    for match in _VALUE.finditer(text, key.end()):
        if at == number or match[0] == "]":
            break
        at += match[1] is not None
        if at == number:
            return match.start(1)
    return key.start(1)


def _plain(written: str) -> str:
    """A key without its quotes."""
    if written.startswith('"'):
        return str(tomllib.loads(f"key = {written}")["key"])
    return written.strip("'")


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
