"""The case of fetch: videos become frames and manifests, or their failure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path

import psutil
from frames.drawn_videos import sampling

from contract.case import Case, Message, Outcome, Sent, collected
from contract.gates import Gate
from contract.watching import Watcher
from movietag import topics
from movietag.crawl.ids import file_video_id
from movietag.frames.extract import extract_video
from movietag.records import (
    FrameInfo,
    Manifest,
    MovieId,
    SlotTime,
    TaggerId,
    Video,
    VideoFailed,
    VideoId,
    VideoJob,
    decode,
    decode_fact,
    decode_request,
    encode,
)
from movietag.stages import entry

JOBS, SLOTS = 4, 3
PARALLEL = 2  # of the setting
WAITING = entry("fetch").parallel  # in flight for each that is fetched
TAGGER = TaggerId("contract@1")
SAMPLING = sampling(SLOTS)


class Videos(Case):
    """Videos -> frames and manifests. One file is not there: that is told to the plan."""

    name, stage, group, source = "videos", "fetch", "movietag-fetch", topics.VIDEOS
    most_in_flight, most_seen = WAITING * PARALLEL, PARALLEL + 1  # one more: see below

    def __init__(self, watcher: Watcher, gate: Gate, files: Sequence[Path]) -> None:
        super().__init__(watcher, gate)
        self._files = files
        self._drawn = {path: _drawn(path) for path in files}
        self._children: set[int] = set()

    def inputs(self, run: str) -> list[Message]:
        """One job a movie."""
        jobs = [
            VideoJob(_movie(run, number), 1, 0, self._video(number), SAMPLING, TAGGER)
            for number in range(JOBS)
        ]
        return [Message(f"{run}-{number}".encode(), encode(job)) for number, job in enumerate(jobs)]

    def _video(self, number: int) -> Video:
        if number == JOBS - 1:
            return Video(VideoId("file:none"), "file", str(self._files[0].with_name("none.mp4")))
        path = self._files[number % len(self._files)]
        return Video(file_video_id(path), "file", str(path))

    def expected(self, run: str, sent: Sequence[Sent]) -> Outcome:
        """Every frame, the manifests, and the failure."""
        follows: dict[Hashable, object] = {}
        for number in range(JOBS - 1):
            movie, video = _movie(run, number), self._video(number)
            frames = self._drawn[Path(video.url)]
            for at, jpeg in frames.items():
                follows[movie, video.video_id, at.slot] = (at.time, jpeg)
            follows[movie, video.video_id] = tuple(frames)
        follows[_movie(run, JOBS - 1), "file:none"] = "missing-path"
        return follows

    async def outcome(self, run: str) -> Outcome:
        """The same, from the topics."""
        return collected(self.name, list(self._found(run)))

    def copies(self, run: str) -> Counter[Hashable]:
        """By movie, video and slot."""
        return Counter(identity for identity, _ in self._found(run))

    def _found(self, run: str) -> Iterator[tuple[tuple[Hashable, ...], object]]:
        ours = _movie(run, "")
        for record in self.watcher.records(topics.FRAMES, ours):
            info = decode(FrameInfo, record.headers[topics.FRAME_HEADER])
            yield (info.movie_id, info.video_id, info.slot), (info.time, _digest(record.value))
        for record in self.watcher.records(topics.CAPTIONS, ours):
            fact = decode_fact(record.value)
            if isinstance(fact, Manifest):
                yield (fact.movie_id, fact.video_id), fact.slots
        for record in self.watcher.records(topics.REQUESTS, ours):
            failed = decode_request(record.value)
            if isinstance(failed, VideoFailed):
                yield (failed.movie_id, failed.failure.video_id), failed.failure.kind

    def premature(self, run: str) -> Sequence[object]:
        """Manifests: each promises frames, which are held."""
        return [identity for identity, _ in self._found(run) if len(identity) == 2]

    def slow_down(self) -> None:
        """Nothing is taken by the topic of frames."""
        self._children.clear()
        super().slow_down()

    def seen_in_flight(self, pid: int) -> int | None:
        """Videos that were begun since: each has a child of its own.

        The one that is not there is done with at once, and makes room for another.
        """
        self._children.update(child.pid for child in psutil.Process(pid).children())
        return len(self._children)

    def poison(self, run: str) -> Message:
        """No job."""
        return Message(f"poisoned-{run}".encode(), b"no video " + run.encode())


def _movie(run: str, number: int | str) -> MovieId:
    return MovieId(f"contract-fetch-{run}-{number}")


def _drawn(path: Path) -> dict[SlotTime, str]:
    """What the sampling core makes of a file."""
    frames = extract_video(path, SAMPLING)
    return {SlotTime(frame.slot, frame.time): _digest(frame.jpeg) for frame in frames}


def _digest(jpeg: bytes) -> str:
    return hashlib.sha256(jpeg).hexdigest()[:16]
