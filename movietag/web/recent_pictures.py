"""Thumbnails that were made a short time ago, in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

BYTES: Final = 32 << 20  # some 2,000 thumbnails
SECONDS: Final = 300.0  # for so long a thumbnail of a movie that was forgotten may still be sent

Place = tuple[str, str, int]  # movie, video, slot


@dataclass(frozen=True, slots=True)
class Picture:
    """A thumbnail as a JPEG, and the digest of its frame."""

    jpeg: bytes
    digest: str


class RecentPictures:
    """Thumbnails by place, at most ``SECONDS`` old; of more than ``most`` bytes the one unused longest goes."""

    def __init__(self, clock: Callable[[], float], most: int = BYTES) -> None:
        self._clock = clock
        self._most = most
        self._pictures: OrderedDict[Place, tuple[float, Picture]] = OrderedDict()
        self._bytes = 0

    def get(self, place: Place) -> Picture | None:
        """The thumbnail of a place, if it is recent."""
        if place not in self._pictures:
            return None
        made, picture = self._pictures[place]
        if self._clock() - made >= SECONDS:
            self._remove(place)
            return None
        self._pictures.move_to_end(place)
        return picture

    def put(self, place: Place, picture: Picture) -> None:
        """Hold a thumbnail that was made now."""
        self._remove(place)
        self._pictures[place] = self._clock(), picture
        self._bytes += len(picture.jpeg)
        while self._bytes > self._most:
            self._remove(next(iter(self._pictures)))

    def _remove(self, place: Place) -> None:
        if place in self._pictures:
            _, picture = self._pictures.pop(place)
            self._bytes -= len(picture.jpeg)
