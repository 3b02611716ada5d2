"""What is kept of a video beside its frames, and the names under which both lie in a frame store. Pure."""

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
    """The commit record of a video in a frame store: written when all its frames are there.

    Args:
        job: what was fetched, for which movie, and how it was sampled.
        manifest: as it stands among the facts.
        digests: of the frames, in the order of the manifest's slots: SHA-256, 16 hex digits.
    """

    VERSION: ClassVar[int] = 2  # since 0.1: `made_ms` of the job

    job: VideoJob
    manifest: Manifest
    digests: tuple[str, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.digests) != len(self.manifest.slots):
            raise ValueError("as many digests as slots are needed")

    @property
    def frames(self) -> tuple[tuple[SlotTime, str], ...]:
        """The slots with their frames' digests."""
        return tuple(zip(self.manifest.slots, self.digests, strict=True))


def digest(jpeg: bytes) -> str:
    """What a frame is recognised by."""
    return hashlib.sha256(jpeg).hexdigest()[:16]


def component(identity: str) -> str:
    """An id as one component of a path that means nothing else to anybody: no ``/``, no ``..``.

    Letters of ASCII, digits, ``_``, ``-`` and ``.`` (but no first one) stay, all other bytes become %XX.
    Two ids never have one name: of a long one a digest is part, behind a ``~`` that is in no other.
    """
    name = quote(identity, safe="", errors="surrogatepass").replace("~", "%7E")
    if name.startswith("."):
        name = f"%2E{name[1:]}"
    if len(name) <= LONGEST:
        return name
    whole = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{name[: LONGEST - 33]}~{whole}"


def video_path(movie: MovieId, video: VideoId) -> str:
    """Where all generations of a video of a movie lie."""
    return f"{component(movie)}/{component(video)}"


def generation_path(movie: MovieId, video: VideoId, generation: int) -> str:
    """Where the frames of a video lie that one generation has fetched."""
    return f"{video_path(movie, video)}/{generation:05d}"


def frame_name(slot: int) -> str:
    """The name of a slot's frame beside its record."""
    return f"{slot:05d}.jpg"


def generation_of(name: str) -> int | None:
    """The generation of a folder's name; None of what is none of ours."""
    return int(name) if _GENERATION.match(name) else None
