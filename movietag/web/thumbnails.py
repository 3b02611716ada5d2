"""Thumbnails of stored frames: their paths, and the pictures."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

import msgspec

from movietag.errors import PermanentError, UsageError
from movietag.frames.kept import frame_digest
from movietag.frames.store import FrameStore, StoreAway
from movietag.frames.thumbnails import thumbnail
from movietag.records import MovieId, VideoId
from movietag.search.naming import NothingFound
from movietag.search.results import Scene
from movietag.settings import Settings
from movietag.web.recent_pictures import Picture, RecentPictures

MOST_SLOT: Final = 99_999


def thumbnail_path(movie_id: str, video_id: str, slot: int) -> str:
    """The path of the thumbnail of a slot."""
    parts = (quote(part, safe="") for part in (movie_id, video_id))
    return "/api/movies/{}/videos/{}/thumbnails/{}".format(*parts, slot)


class Thumbnails:
    """Thumbnails of the frames in a frame store; without a store there are none."""

    def __init__(
        self, store: FrameStore | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._recent = RecentPictures(clock)

    @classmethod
    def from_settings(cls, settings: Settings) -> Thumbnails:
        """The thumbnails of the configured frame store.

        Raises:
            UsageError: the configured store cannot be opened.
        """
        return cls(FrameStore.from_settings(settings))

    @property
    def enabled(self) -> bool:
        """Whether a frame store is configured."""
        return self._store is not None

    def of_scene(self, scene: Scene) -> Scene:
        """The scene with the path of its first frame's thumbnail, if frames are stored."""
        if self._store is None:
            return scene
        where = thumbnail_path(scene.movie_id, scene.video_id, scene.slot)
        return msgspec.structs.replace(scene, thumbnail=where)

    async def picture(self, movie_id: str, video_id: str, slot: int) -> Picture:
        """The thumbnail of a slot, from the newest generation that is stored completely.

        It may be up to ``SECONDS`` old.

        Raises:
            NothingFound: the frame is not stored.
            StoreAway: the store is unavailable or refuses access.
        """
        if self._store is None:
            raise NothingFound("No frames are stored: docs/frames.md says how to store them.")
        place = movie_id, video_id, slot
        if recent := self._recent.get(place):
            return recent
        try:
            found = await asyncio.to_thread(
                _picture, self._store, MovieId(movie_id), VideoId(video_id), slot
            )
        except UsageError as error:
            raise StoreAway(str(error)) from error
        except PermanentError:
            found = None
        if found is None:
            raise NothingFound("This frame is not stored, or no longer.")
        self._recent.put(place, found)
        return found


def _picture(store: FrameStore, movie: MovieId, video: VideoId, slot: int) -> Picture | None:
    """Blocks; raises like ``FrameStore`` and ``thumbnail``."""
    jpeg = store.newest_frame(movie, video, slot)
    return Picture(thumbnail(jpeg), frame_digest(jpeg)) if jpeg else None
