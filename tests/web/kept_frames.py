"""Frames of a sample movie, kept in a frame store."""

from __future__ import annotations

from pathlib import Path

from frames.drawn_videos import textured
from support.records import SAMPLING, TAGGER, video

from movietag.frames.jpeg import encode_jpeg
from movietag.frames.kept import Kept, frame_digest
from movietag.frames.store import FrameStore
from movietag.records import Manifest, MovieId, SlotTime, VideoId, VideoJob
from movietag.settings import Settings

MOVIE, VIDEO, SLOTS = MovieId("harbor"), VideoId("demo:a"), 6


def frame(slot: int) -> bytes:
    """The frame of a slot: wider than a thumbnail, unlike that of any other slot."""
    return encode_jpeg(textured(slot, 640, 360), 85)


def keep_frames(folder: Path) -> None:
    """Keep the first slots of a movie's video."""
    store = FrameStore.needed(Settings(frame_store=str(folder)))
    frames = [frame(slot) for slot in range(SLOTS)]
    times = tuple(SlotTime(slot, slot * 6.25) for slot in range(SLOTS))
    manifest = Manifest(MOVIE, 1, VIDEO, 60.0, times)
    job = VideoJob(MOVIE, 1, 0, video(VIDEO), SAMPLING, TAGGER)
    for slot, jpeg in enumerate(frames):
        store.write_frame(job, slot, jpeg)
    store.write_record(Kept(job, manifest, tuple(map(frame_digest, frames))))
