"""Thumbnails of kept frames: their addresses, and the pictures."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import msgspec

from movietag.errors import PermanentError, UsageError
from movietag.frames.store import FrameStore, StoreAway
from movietag.frames.thumbnails import thumbnail
from movietag.records import MovieId, VideoId
from movietag.search.naming import NothingFound
from movietag.search.results import Scene
from movietag.settings import Settings

MOST_SLOT: Final = 99_999


@dataclass(frozen=True, slots=True)
class Picture:
    """A thumbnail as a JPEG, and what its frame is recognised by."""

    jpeg: bytes
    digest: str


def address(movie_id: str, video_id: str, slot: int) -> str:
    """Where the thumbnail of a slot is served."""
    parts = (quote(part, safe="") for part in (movie_id, video_id))
    return "/api/movies/{}/videos/{}/thumbnails/{}".format(*parts, slot)


class Thumbnails:
    """Thumbnails out of a frame store; without one there are none."""

    def __init__(self, store: FrameStore | None) -> None:
        self._store = store

    @classmethod
    def from_settings(cls, settings: Settings) -> Thumbnails:
        """Those of the settings' frame store.

        Raises:
            UsageError: the setting names no place that can be opened.
        """
        return cls(FrameStore.from_settings(settings))

    @property
    def kept(self) -> bool:
        """Whether frames are kept at all."""
        return self._store is not None

    def of_scene(self, scene: Scene) -> Scene:
        """The scene with the address of its first frame's thumbnail, where frames are kept."""
        if self._store is None:
            return scene
        where = address(scene.movie_id, scene.video_id, scene.slot)
        return msgspec.structs.replace(scene, thumbnail=where)

    async def picture(self, movie_id: str, video_id: str, slot: int) -> Picture:
        """The thumbnail of a slot, of the newest generation that is kept whole.

        Raises:
            NothingFound: the frame is not kept.
            StoreAway: the store fails now, or refuses us.
        """
        if self._store is None:
            raise NothingFound("No frames are kept: docs/frames.md says how they are.")
        try:
            found = await asyncio.to_thread(
                _picture, self._store, MovieId(movie_id), VideoId(video_id), slot
            )
        except UsageError as error:
            raise StoreAway(str(error)) from error
        except PermanentError:
            found = None
        if found is None:
            raise NothingFound("This frame is not kept, or no longer.")
        return found


def _picture(store: FrameStore, movie: MovieId, video: VideoId, slot: int) -> Picture | None:
    """Blocks; raises as ``FrameStore`` and ``thumbnail`` do."""
    kept = store.newest(movie, video)
    if kept is None:
        return None
    digests = {place.slot: digest for place, digest in kept.frames}
    jpeg = store.read(movie, video, slot, kept.manifest.generation) if slot in digests else None
    return Picture(thumbnail(jpeg), digests[slot]) if jpeg else None
