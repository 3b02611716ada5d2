"""Whether a home stores frames: the answer to the question of `movietag up`, saved in the home.

It applies where ``MOVIETAG_FRAME_STORE`` is not set. Frames are then in the folder ``frames`` of the home.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from movietag.files import write_whole
from movietag.settings.table import Settings

IN_HOME: Final = "home"
NOWHERE: Final = "off"
_ANSWERS: Final = {b"yes": True, b"no": False}


def with_frame_store(settings: Settings) -> Settings:
    """The settings with the path that `home` means, or nothing for `off`; if not set, as answered for the home."""
    configured = settings.frame_store
    if "frame_store" not in settings.model_fields_set:
        configured = IN_HOME if frames_answer(settings.home) else ""
    store = {IN_HOME: str(frames_folder(settings.home)), NOWHERE: ""}.get(configured, configured)
    changed = store != settings.frame_store
    return settings.model_copy(update={"frame_store": store}) if changed else settings


def frames_folder(home: Path) -> Path:
    """Where a home stores frames."""
    return home.expanduser().absolute() / "frames"


def frames_answer(home: Path) -> bool | None:
    """What was answered for a home; None: nothing yet."""
    try:
        return _ANSWERS.get(_file(home).read_bytes().strip())
    except OSError:
        return None


def save_frames_answer(home: Path, store: bool) -> None:
    """Save an answer; the home exists from now on, for its user alone.

    Raises:
        UsageError: the file cannot be written.
    """
    home.expanduser().mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(_file(home), b"yes\n" if store else b"no\n")


def clear_frames(home: Path) -> None:
    """Delete the answer and the frames that the home stores."""
    _file(home).unlink(missing_ok=True)
    shutil.rmtree(frames_folder(home), ignore_errors=True)


def _file(home: Path) -> Path:
    return home.expanduser().absolute() / "store-frames"
