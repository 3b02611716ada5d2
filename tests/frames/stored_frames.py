"""Frames of made-up videos, and how they get into a store."""

from __future__ import annotations

import msgspec
from support.records import MOVIE, SAMPLING, TAGGER, manifest, video

from movietag.frames.kept import Kept, frame_digest
from movietag.frames.store import FrameStore
from movietag.records import MovieId, VideoId, VideoJob

A, B = VideoId("youtube:aB-1_x"), VideoId("youtube:b")
AT = 1_700_000_000_000  # milliseconds since 1970


def jpeg(slot: int, generation: int = 1) -> bytes:
    return f"frame {slot} of {generation}".encode() * 100


def job(name: str, generation: int = 1, movie: MovieId = MOVIE, made_ms: int = AT - 1) -> VideoJob:
    return VideoJob(movie, generation, 0, video(name), SAMPLING, TAGGER, made_ms=made_ms)


def kept(name: VideoId, slots: int, generation: int = 1, movie: MovieId = MOVIE) -> Kept:
    promised = msgspec.structs.replace(manifest(name, slots, generation), movie_id=movie)
    return Kept(
        job(name, generation, movie),
        promised,
        tuple(frame_digest(jpeg(slot, generation)) for slot in range(slots)),
    )


def keep(store: FrameStore, what: Kept, *, whole: bool = True) -> None:
    found = what.manifest
    for slot in found.slots:
        store.write_frame(what.job, slot.slot, jpeg(slot.slot, found.generation))
    if whole:
        store.write_record(what)
