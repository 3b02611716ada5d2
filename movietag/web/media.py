"""Local video files over HTTP: parts of them for a player, and clips. Only those of the library, below the roots."""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from collections.abc import Iterator
from http import HTTPStatus
from typing import Annotated, BinaryIO, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from movietag.errors import PermanentError, TransientError
from movietag.playing.clips import ClipRange, cut_clip
from movietag.playing.local_files import LocalVideo, is_local, local_video, open_local
from movietag.search.naming import NothingFound, named
from movietag.search.results import Movie
from movietag.web.error_responses import error_response
from movietag.web.guard import MEDIA
from movietag.web.library import Library, LibraryRoute, Shared
from movietag.web.ranges import ByteRange, requested_range
from movietag.web.rooms import Room

MOST_PART: Final = 4 << 20  # bytes of one answer to a player, which asks for the next part itself
PIECE: Final = 256 << 10
CLIPS: Final = Room(2, "clips")
CLIP_SECONDS: Final = 60.0
CACHING: Final = "private, no-cache"

router = APIRouter(route_class=LibraryRoute, include_in_schema=False, prefix=f"{MEDIA}movies")

MovieId = Annotated[str, Path(max_length=500)]
VideoId = Annotated[str, Path(max_length=500)]


class ClipParameters(BaseModel):
    """The part of a video: seconds, or minutes and seconds."""

    start: str = Field(max_length=30)
    end: str = Field(max_length=30)


@router.get("/{movie_id}/videos/{video_id:path}/file")
async def video_file(
    request: Request, library: Shared, movie_id: MovieId, video_id: VideoId
) -> Response:
    """Send a part of a local file; all of it to whoever asks for no part."""
    _, local = await _local(library, movie_id, video_id)
    if local.media_type is None:
        raise NothingFound(
            "Browsers play no files of this kind; `movietag clip` cuts clips out of it."
        )
    size = await asyncio.to_thread(lambda: local.path.stat().st_size)
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": CACHING,
        "ETag": f'"{video_id.removeprefix("file:")}"',
    }
    part = requested_range(request.headers, size, headers["ETag"])
    if part is None:
        headers["Content-Range"] = f"bytes */{size}"
        return Response(status_code=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers)
    status = HTTPStatus.OK
    if part.partial:
        part = part.at_most(MOST_PART)
        status = HTTPStatus.PARTIAL_CONTENT
        headers["Content-Range"] = f"bytes {part.first}-{part.last}/{size}"
    headers["Content-Length"] = str(part.length)
    return StreamingResponse(_bytes(local, part), status, headers, local.media_type)


def _bytes(local: LocalVideo, part: ByteRange) -> Iterator[bytes]:
    """The bytes of a part; runs in a thread. A file that shrinks meanwhile ends the connection."""
    with open_local(local) as descriptor:
        at = part.first
        while at <= part.last:
            data = os.pread(descriptor, min(PIECE, part.last + 1 - at), at)
            if not data:
                return
            yield data
            at += len(data)


@router.get("/{movie_id}/videos/{video_id:path}/clip", dependencies=[Depends(CLIPS)])
async def video_clip(
    request: Request,
    library: Shared,
    movie_id: MovieId,
    video_id: VideoId,
    parameters: Annotated[ClipParameters, Query()],
) -> Response:
    """Cut a clip out of a local file and send it."""
    part = ClipRange.parse(parameters.start, parameters.end)
    movie, local = await _local(library, movie_id, video_id)
    out = tempfile.TemporaryFile()  # noqa: SIM115  # closed once it has been sent
    try:
        await cut_clip(local.path, part, out, library.settings, CLIP_SECONDS)
    except TransientError as error:
        return error_response(request.scope, HTTPStatus.SERVICE_UNAVAILABLE, str(error))
    size = out.tell()
    headers = {
        "Content-Length": str(size),
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{clip_name(movie, part)}"',
    }
    return StreamingResponse(_clip_bytes(out), headers=headers, media_type="video/mp4")


def _clip_bytes(file: BinaryIO) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while data := file.read(PIECE):
            yield data


def clip_name(movie: Movie, part: ClipRange) -> str:
    """A file name of letters, digits and dashes for a clip."""
    title = re.sub(r"[^A-Za-z0-9]+", "-", named(movie.title, movie.year)).strip("-")[:80]
    return f"{title or 'clip'}-{part.start:.0f}s.mp4"


async def _local(library: Library, movie_id: str, video_id: str) -> tuple[Movie, LocalVideo]:
    """The file of a movie's video, if pages may play it.

    Raises:
        NothingFound: there is no such movie, video or file, or pages do not play.
    """
    movie = await library.reader.by_id(movie_id)
    video = next((one for one in movie.videos if one.video_id == video_id), None)
    settings = library.settings
    if video is None or not is_local(video) or not settings.web_play:
        raise NothingFound("This movie has no such file to play.")
    try:
        local = await asyncio.to_thread(local_video, video.url, video_id, settings.roots)
    except PermanentError:
        raise NothingFound(
            "This file cannot be played: it has changed, is gone, or lies below no folder of MOVIETAG_ROOTS."
        ) from None
    return movie, local
