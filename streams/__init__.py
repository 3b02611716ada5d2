"""The stages: Faust apps that wire the library to Kafka, one file each."""

from __future__ import annotations

import sys
from types import TracebackType

from movietag.errors import UsageError


def report_usage_error(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """A ``sys.excepthook`` that prints one line for invalid settings instead of a traceback.

    Raises:
        SystemExit: with status 2, for such an error.
    """
    if not isinstance(error, UsageError):
        sys.__excepthook__(kind, error, trace)
        return
    sys.stderr.write(f"movietag: {error}\n")
    sys.exit(2)


if sys.argv[:1] == ["-m"]:  # `python -m movietag.streams.NAME`, whose module is not imported yet
    sys.excepthook = report_usage_error
