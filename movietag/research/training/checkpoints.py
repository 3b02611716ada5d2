"""The checkpoint from which an interrupted training continues."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from movietag.errors import UsageError
from movietag.research.training.loading import whole_weights

_NAME: Final = re.compile(r"checkpoint-(\d+)")
LAST_WRITTEN: Final = "trainer_state.json"
"""transformers writes it after weights, optimizer, scheduler and random states."""


def newest_whole(folder: Path) -> Path | None:
    """The complete checkpoint with the most steps; None without one."""
    found = []
    for path in folder.glob("checkpoint-*"):
        name = _NAME.fullmatch(path.name)
        if name and (path / LAST_WRITTEN).is_file() and _is_whole(path):
            found.append((int(name[1]), path))
    return max(found)[1] if found else None


def _is_whole(path: Path) -> bool:
    try:
        whole_weights(path)
    except UsageError:
        return False
    return True
