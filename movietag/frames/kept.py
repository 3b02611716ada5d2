"""The record of a video in the frame store, and the names of records and frames there. Pure."""

from __future__ import annotations

import hashlib
import re
from typing import ClassVar, Final
from urllib.parse import quote

from movietag.records import Manifest, Message, MovieId, SlotTime, VideoId, VideoJob

RECORD: Final = "kept.json"
LONGEST: Final = 180  # characters of a name: file systems take 255 bytes
_GENERATION: Final = re.compile(r"\d{5}\Z")


class Kept(Message, frozen=True):
    """The commit record of a video in a frame store: written after all its frames.

    Args:
        job: what was fetched, for which movie, and how it was sampled.
        manifest: the same as among the facts.
        digests: of the frames, in the order of the manifest's slots: SHA-256, 16 hex digits.
    """

    VERSION: ClassVar[int] = (
        4  # since 0.1: `made_ms` of the job; 3: sampling, `claimed` of the manifest; 4: `bulk`
    )

    job: VideoJob
    manifest: Manifest
    digests: tuple[str, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.digests) != len(self.manifest.slots):
            raise ValueError("the number of digests must be that of slots")

    @property
    def frames(self) -> tuple[tuple[SlotTime, str], ...]:
        """The slots with their frames' digests."""
        return tuple(zip(self.manifest.slots, self.digests, strict=True))


def frame_digest(jpeg: bytes) -> str:
    """The digest by which a frame is recognized."""
    return hashlib.sha256(jpeg).hexdigest()[:16]


def component(identity: str) -> str:
    """An id as one component of a path, safe on any file system: no ``/``, no ``..``.

    ASCII letters, digits, ``_``, ``-`` and ``.`` (except a leading one) stay, all other bytes become %XX.
    Different ids have different names: a long one ends in a digest after a ``~``, which no other name has.
    """
    name = quote(identity, safe="", errors="surrogatepass").replace("~", "%7E")
    if name.startswith("."):
        name = f"%2E{name[1:]}"
    if len(name) <= LONGEST:
        return name
    whole = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{name[: LONGEST - 33]}~{whole}"


def video_path(movie: MovieId, video: VideoId) -> str:
    """The path of all generations of a video of a movie."""
    return f"{component(movie)}/{component(video)}"


def generation_path(movie: MovieId, video: VideoId, generation: int) -> str:
    """The path of a video's frames that one generation has fetched."""
    return f"{video_path(movie, video)}/{generation:05d}"


def frame_name(slot: int) -> str:
    """The name of a slot's frame, in the folder of its record."""
    return f"{slot:05d}.jpg"


def folder_generation(name: str) -> int | None:
    """The generation that a folder's name means; None for any other name."""
    return int(name) if _GENERATION.match(name) else None
