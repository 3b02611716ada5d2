"""A stage with invalid settings prints one line and exits with status 2, even during its import."""

from __future__ import annotations

import sys
from types import TracebackType

from movietag.errors import UsageError


def report_mistake(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """A ``sys.excepthook`` that prints no traceback for invalid settings.

    Raises:
        SystemExit: with status 2, for such a mistake.
    """
    if not isinstance(error, UsageError):
        sys.__excepthook__(kind, error, trace)
        return
    sys.stderr.write(f"movietag: {error}\n")
    sys.exit(2)
