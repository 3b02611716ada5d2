"""Whether the frame store answers, and whether it forgets what is deleted."""

from __future__ import annotations

import queue
import threading
from typing import Final

from movietag.errors import MovietagError, UsageError
from movietag.frames.store import VERSIONED, FrameStore
from movietag.local.findings import CheckResult, Finding
from movietag.settings import Settings

NAME: Final = "Frame store"
SECONDS: Final = 10.0


def stored_frames(settings: Settings) -> Finding:
    """Check the configured frame store by two requests; nothing is written."""
    try:
        store = FrameStore.from_settings(settings)
    except UsageError as error:
        return Finding(NAME, CheckResult.MISSING, str(error), "Correct MOVIETAG_FRAME_STORE.")
    if store is None:
        return Finding(NAME, CheckResult.OK, "none: frames are not stored")
    found: queue.SimpleQueue[Finding] = queue.SimpleQueue()
    threading.Thread(target=lambda: found.put(_asked(store)), daemon=True).start()
    try:
        return found.get(timeout=SECONDS)
    except queue.Empty:
        told = f"{store.url} has not answered for {SECONDS:g} s"
        return Finding(NAME, CheckResult.NOTE, told, "The fetch stage waits for it.")


def _asked(store: FrameStore) -> Finding:
    try:
        store.explained()
        if store.keeps_versions():
            return Finding(NAME, CheckResult.NOTE, store.url, VERSIONED.format(url=store.url))
    except MovietagError as error:
        return Finding(NAME, CheckResult.NOTE, str(error), "The fetch stage needs it.")
    return Finding(NAME, CheckResult.OK, store.url)
