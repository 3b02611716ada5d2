"""How long all titles will take, for commands: never an error, and never a long wait."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from movietag.errors import MovietagError
from movietag.local.outlook import LibraryProgress, library_progress
from movietag.local.stages import StageStatus, ask_stages
from movietag.search.reader import reader
from movietag.settings import Settings

SECONDS: Final = 3.0  # for Elasticsearch


async def progress_within(
    settings: Settings, stages: Sequence[StageStatus], sent: int = 0
) -> LibraryProgress | None:
    """How far the library is; None where Elasticsearch does not say so in time. ``sent``: see ``library_progress``."""
    try:
        async with asyncio.timeout(SECONDS), reader(settings) as library:
            return await library_progress(library, settings, stages, sent)
    except (MovietagError, TimeoutError):
        return None


async def progress_of_library(settings: Settings) -> LibraryProgress | None:
    """How far the library is, with the state of this machine's stages and Kafka's lags; see ``progress_within``."""
    return await progress_within(settings, await asyncio.to_thread(ask_stages, settings))
