"""A stage whose settings do not fit ends with a line and the status 2, also while it is being imported."""

from __future__ import annotations

import sys
from types import TracebackType

from movietag.errors import UsageError


def report_mistake(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """In place of ``sys.excepthook``: no trace for a mistake of the settings.

    Raises:
        SystemExit: with status 2, for such a mistake.
    """
    if not isinstance(error, UsageError):
        sys.__excepthook__(kind, error, trace)
        return
    sys.stderr.write(f"movietag: {error}\n")
    sys.exit(2)
