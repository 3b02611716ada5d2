"""Lines of the log: one record a line, as text or as JSON, with the movie, video and slot that it is about.

A line about a step of a title is written with ``told``, so that one search for a movie's id shows its way through the
stages: ``grep heat-1995-5ebb20b9 logs/*.log``.
"""

from __future__ import annotations

import json
import logging
import re
from collections import OrderedDict
from datetime import UTC, datetime
from typing import Final, Literal

LogFormat = Literal["text", "json"]

_TABLE: Final = re.compile(r"[ \t]*\n[ \t]*\+[^\n]*|\s*\n\s*\|")  # Faust draws some
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_ABOUT: Final = "about"  # attribute of a record: the text, and what it is about


def told(log: logging.Logger, level: int, text: str, **about: object) -> None:
    """Log a step: ``text``, then what it is about, such as ``movie=heat-1995-5ebb20b9 video=youtube:abc slot=3``.

    Values that are None or empty are left out.
    """
    if log.isEnabledFor(level):
        named = {name: value for name, value in about.items() if value not in (None, "")}
        pairs = " ".join(f"{name}={value}" for name, value in named.items())
        log.log(level, "%s %s", text, pairs, extra={_ABOUT: (text, named)}, stacklevel=2)


class Firsts:
    """Remembers the last ``most`` keys: what was seen lately is not the first of its kind."""

    def __init__(self, most: int = 1000) -> None:
        self._most = most
        self._seen: OrderedDict[str, None] = OrderedDict()

    def is_first(self, key: str) -> bool:
        """Whether a key was not seen lately; from now on it was."""
        seen = key in self._seen
        self._seen[key] = None
        self._seen.move_to_end(key)
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)
        return not seen


class TextLines(logging.Formatter):
    """Time, stage, level, text: one line a record, but for tracebacks."""

    def __init__(self, stage: str) -> None:
        super().__init__(f"%(asctime)s {stage} %(levelname)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # as logging names it
        """The line of a record, without its traceback."""
        return _one_line(super().formatMessage(record))


class JsonLines(logging.Formatter):
    """An object a record: time, stage, level, logger, message; error, where there is a traceback; what it is about."""

    def __init__(self, stage: str) -> None:
        super().__init__()
        self._stage = stage

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        at = datetime.fromtimestamp(record.created, UTC)
        text, named = getattr(record, _ABOUT, ("", {}))
        line = {
            "time": at.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "stage": self._stage,
            "logger": record.name,
            "message": _one_line(text or record.getMessage()),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line | named, ensure_ascii=False, default=str)


def line_formatter(form: LogFormat, stage: str) -> logging.Formatter:
    """What makes the lines of a stage's log."""
    return JsonLines(stage) if form == "json" else TextLines(stage)


def write_lines(level: str, form: LogFormat, stage: str) -> list[logging.Handler]:
    """Let this process log such lines from ``level`` on; returns the handlers that write them."""
    logging.basicConfig(level=level.upper())
    for handler in logging.root.handlers:
        handler.setFormatter(line_formatter(form, stage))
    return logging.root.handlers


def _one_line(text: str) -> str:
    return _UNPRINTABLE.sub(" ", _TABLE.sub(" ", text)).rstrip()
