"""A movie whose videos pages play: a file of this machine, and one of a site that has a player of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
from frames.drawn_videos import write_video
from support import sample_movies

from movietag.crawl.ids import file_video_id
from movietag.documents import FRAMES, MOVIES, VideoState
from movietag.records import Document
from movietag.rules.links import link
from movietag.search.client import connected
from movietag.search.index.writer import write_bulk
from movietag.settings import Settings
from movietag.vocabulary import Vocabulary, load

MOVIE, SITE_VIDEO = "played", "youtube:dQw4w9WgXcQ"
YOUTUBE = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
TIMES = (0.0, 2.0, 4.0, 6.0)  # seconds of the frames: keyframes


def draw_film(folder: Path) -> Path:
    """A film of 8 s in a format that any Chromium plays, with a keyframe each two seconds."""
    folder.mkdir(parents=True, exist_ok=True)
    options = {"deadline": "realtime", "cpu-used": "8"}
    return write_video(
        folder / "a film & more.webm",
        count=80,
        rate=10,
        gop=20,
        codec="libvpx",
        codec_options=options,
    )


async def write_played(library: Settings, film: Path) -> None:
    """Index the movie."""
    async with connected(library) as es:
        assert await write_bulk(es, list(_documents(load(library.vocabulary), film))) == []
        await es.indices.refresh(index=f"{MOVIES},{FRAMES}")


def _documents(vocabulary: Vocabulary, film: Path) -> Iterator[Document]:
    sample = sample_movies.Sample(MOVIE, "Played Here", 2020, 2 * len(TIMES), {"satire": 8})
    body = sample_movies.movie_body(sample, vocabulary)
    videos = (
        _video(file_video_id(film), str(film), "file", film.name),
        _video(SITE_VIDEO, YOUTUBE, "search", "Official Trailer"),
    )
    body = msgspec.structs.replace(body, videos=videos)
    yield sample_movies.document(MOVIES, f"{MOVIE}~demo", body, vocabulary)
    frames = iter(sample_movies.frame_bodies(sample))
    for video in videos:
        for slot, time in enumerate(TIMES):
            frame = msgspec.structs.replace(
                next(frames),
                video_id=video.video_id,
                video_title=video.title,
                slot=slot,
                time=time,
                link=link(video.url, time),
            )
            key = f"{MOVIE}~demo~{video.video_id}~{slot:08}"
            yield sample_movies.document(FRAMES, key, frame, vocabulary)


def _video(video_id: str, url: str, source: str, title: str) -> VideoState:
    return msgspec.structs.replace(
        sample_movies.video("a", "fetched"), video_id=video_id, url=url, source=source, title=title
    )
