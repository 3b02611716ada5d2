"""Run by test_confinement.py as other users and in other surroundings: what children get at there, as JSON.

python alone.py JOB URL HOST FILE
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from movietag.crawl.fetch import fetch_video
from movietag.crawl.ids import file_video_id
from movietag.crawl.programs import site_access
from movietag.records import MovieId, Sampling, TaggerId, Video, VideoId, VideoJob
from movietag.sandbox.access import NOTHING, Access
from movietag.sandbox.child import Limits
from movietag.sandbox.layers import layers
from movietag.sandbox.parent import run_child
from movietag.sandbox.privacy import keep_memory_private
from movietag.settings import Settings

LIMITS = Limits(60, 1 << 30, 64 << 20)
SAMPLING = Sampling(
    slots=5,
    trim_start=0,
    trim_end=0,
    mode="exact",
    width=160,
    height=90,
    jpeg_quality=85,
    drop_dark=False,
    drop_flat=False,
    duplicate_bits=-1,
)


async def child(function: str, job: bytes, access: Access) -> bytes:
    """The last message of a child."""
    got: list[bytes] = []

    async def keep(message: bytes) -> None:
        got.append(message)

    await run_child(function, job, LIMITS, keep, access=access)
    return got[-1]


async def frames(video: Video, settings: Settings) -> str:
    """A digest of all frames of a video, with their times."""
    digest = hashlib.sha256()

    async def take(slot: int, time: float, jpeg: bytes) -> None:
        digest.update(f"{slot} {time} ".encode() + jpeg)

    job = VideoJob(
        movie_id=MovieId("m"),
        generation=1,
        revision=1,
        video=video,
        sampling=SAMPLING,
        tagger=TaggerId("t"),
    )
    result = await fetch_video(job, settings, take)
    return f"{len(result.slots)} {digest.hexdigest()}"


async def look(job: str, url: str, host: str, file: str) -> dict[str, Any]:
    """Everything, by name."""
    path = Path(file)
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), private_hosts=(host,), roots=(path.parent,))
        found: dict[str, Any] = {
            "frames of the url": await frames(Video(VideoId("u:0"), "url", url), settings),
            "frames of the file": await frames(
                Video(file_video_id(path), "file", str(path)), settings
            ),
        }
    sites = site_access().access
    for name, access in (("decoding", NOTHING), ("downloading", sites)):
        found[name] = json.loads(await child("hostile:attack", job.encode(), access))
        found[name]["who"] = json.loads(await child("hostile:who", b"", access))
    found["deno"] = (
        await child("support.sandbox_children:run_deno", b"console.log(6 * 7)", sites)
    ).decode()
    found["layers"] = {one.name: one.whole for one in layers()}
    return found


if __name__ == "__main__":
    os.umask(0o077)
    keep_memory_private()  # as a stage does first
    print(json.dumps(asyncio.run(look(*sys.argv[1:]))))
