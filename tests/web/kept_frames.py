"""Frames of the sample movies, kept in a frame store, and a movie whose texts are markup."""

from __future__ import annotations

from pathlib import Path

import cv2
import movie_bodies
import msgspec
from builders import SAMPLING, TAGGER, video
from elasticsearch import AsyncElasticsearch
from frames.drawn_videos import textured

from movietag.documents import BODIES
from movietag.frames.jpeg import encode
from movietag.frames.kept import Kept, digest
from movietag.frames.store import FrameStore
from movietag.records import Manifest, MovieId, SlotTime, VideoId, VideoJob
from movietag.search.writer import write
from movietag.settings import Settings
from movietag.vocabulary import Vocabulary

MOVIE, VIDEO, SLOTS = MovieId("harbor"), VideoId("demo:a"), 6
MARKUP = '<b>bold</b><img src=x onerror="document.title=1"><script>document.title=2</script>'


def frame(slot: int) -> bytes:
    return encode(cv2.resize(textured(slot), (640, 360)), 85)


def keep_frames(folder: Path) -> str:
    """The setting of a store that has the first slots of a movie's video."""
    store = FrameStore.needed(Settings(frame_store=str(folder)))
    frames = [frame(slot) for slot in range(SLOTS)]
    for slot, jpeg in enumerate(frames):
        store.write_frame(MOVIE, VIDEO, 1, slot, jpeg)
    times = tuple(SlotTime(slot, slot * 6.25) for slot in range(SLOTS))
    manifest = Manifest(MOVIE, 1, VIDEO, 60.0, times)
    job = VideoJob(MOVIE, 1, 0, video(VIDEO), SAMPLING, TAGGER)
    store.write_record(Kept(job, manifest, tuple(map(digest, frames))))
    return str(folder)


async def write_markup(es: AsyncElasticsearch, vocabulary: Vocabulary) -> None:
    """A movie whose title, captions and links are what an attacker would have them be."""
    sample = movie_bodies.Sample("markup", MARKUP, 1999, 2, {"cult": 2})
    body = movie_bodies.movie_body(sample, vocabulary)
    frames = [
        msgspec.structs.replace(one, caption=MARKUP, link="javascript:document.title=3")
        for one in movie_bodies.frame_bodies(sample)
    ]
    documents = [
        movie_bodies.document("movies", "markup~demo", body, vocabulary),
        *(
            movie_bodies.document("frames", f"markup~demo~{one.slot:08}", one, vocabulary)
            for one in frames
        ),
    ]
    assert await write(es, documents) == []
    await es.indices.refresh(index=",".join(BODIES))
