"""A file or folder that this worker lacks: whether a fetch worker of another installation has it, and its video's way there."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NoReturn

from movietag import topics
from movietag.crawl.source_table import NOT_HERE, SOURCES, DiskSource, is_on_disk
from movietag.errors import MovietagError, PermanentError
from movietag.fleet.lookups import Answer, FileLookup, partitions_of_installation
from movietag.kafka.workers import this_worker, worker_name
from movietag.records import Video, VideoJob, encode
from movietag.settings import Settings
from movietag.streams.other_workers import OtherWorkers, UnansweredError
from movietag.streams.runtime.topics import Event, Sender, event_headers

MOST_HOPS: Final = 5  # of a video, whose partition may move while it is passed on


class PassedOn(MovietagError):  # noqa: N818  # no fault
    """A video was passed on to another worker, and nothing else follows from it here."""


@dataclass(frozen=True)
class FilesElsewhere:
    """Asks other workers for files.

    Attributes:
        others: the fetch workers of other installations.
        subfolders: the setting, for what a title names.
    """

    others: OtherWorkers
    subfolders: bool = False

    async def video(self, source: str, path: str, error: PermanentError) -> Video:
        """What a title names, as another worker has it.

        Raises:
            PermanentError: ``error``, with the hosts that were asked, if none has it.
            UnansweredError, MachineError: it is not known now.
        """
        found = await self.holder(source, path, self.subfolders, error, lambda video: True)
        assert found.video is not None
        return found.video

    async def holder(
        self,
        source: str,
        path: str,
        subfolders: bool,
        error: PermanentError,
        wanted: Callable[[Video], bool],
    ) -> Answer:
        """The answer of a worker that has a wanted video at ``path``; raises as ``video``."""

        def good(answer: Answer) -> bool:
            video = answer.video
            return video is not None and video.source == source and wanted(video)

        if error.kind not in NOT_HERE:
            raise error
        try:
            answers = await self.others.ask(
                lambda number: FileLookup(number, source, path, subfolders), good
            )
        except UnansweredError as silent:
            raise UnansweredError(f"{error.reason} {silent}") from error
        if answers and good(answers[-1]):
            return answers[-1]
        raise _nowhere(error, answers) from error


def _nowhere(error: PermanentError, answers: list[Answer]) -> PermanentError:
    hosts = sorted({name.host for one in answers if (name := worker_name(one.client_id))})
    asked = f" No fetch worker on {', '.join(hosts)} has it either." if hosts else ""
    return PermanentError(error.kind, error.reason + asked)


@dataclass(frozen=True)
class PassingOn:
    """Passes videos of files that this worker lacks on to a partition of a worker that has them.

    Attributes:
        files: finds that worker.
        videos: takes them.
    """

    files: FilesElsewhere
    videos: Sender

    async def pass_on(self, event: Event, job: VideoJob, error: PermanentError) -> NoReturn:
        """Pass a video on that could not be fetched here; its key and headers stay.

        Raises:
            PassedOn: the broker has it, in a partition of a worker that has the file.
            PermanentError: ``error``: it is not about a file, or nobody has it as it was planned.
            UnansweredError, MachineError: that is not known now.
            KafkaError, ProducerSendError: it was not taken.
        """
        video = job.video
        if job.work != "fetch" or error.kind not in NOT_HERE or not is_on_disk(video):
            raise error
        headers = event_headers(event)
        hops = _number(headers.get(topics.HOPS_HEADER, b""))
        if hops >= MOST_HOPS:
            raise PermanentError(error.kind, f"{error.reason} It was passed on {hops} times.")
        found = await self.files.holder(
            str(video.source),
            video.url,
            job.sampling.subfolders,
            error,
            lambda other: other.video_id == video.video_id,
        )
        group = await self.files.others.members()
        theirs = partitions_of_installation(group, found.client_id, topics.VIDEOS.name)
        name = worker_name(found.client_id)
        host = name.host if name else "another machine"
        if not theirs:
            raise UnansweredError(
                f"{error.reason} The fetch worker on {host} has it, and no partition of {topics.VIDEOS.name}:"
                " start fewer fetch workers, or add partitions."
            )
        sent = await self.videos.send(
            key=video.video_id.encode(),
            value=encode(job),
            headers=headers | {topics.HOPS_HEADER: str(hops + 1).encode()},
            partition=theirs[zlib.crc32(video.video_id.encode()) % len(theirs)],
        )
        await sent
        raise PassedOn(f"{host} has it")


async def held_here(settings: Settings, lookup: FileLookup) -> Answer:
    """The answer of this worker to another one that lacks a file."""
    me = this_worker(settings).client_id
    source = SOURCES.get(lookup.source)
    if not isinstance(source, DiskSource):
        return Answer(lookup.id, me, reason="It is of no source that this version reads.")
    try:
        video = await asyncio.to_thread(source.at, lookup.path, settings.roots, lookup.subfolders)
    except PermanentError as error:
        return Answer(lookup.id, me, reason=error.reason)
    return Answer(lookup.id, me, video)


def _number(text: bytes) -> int:
    return int(text[:9]) if text.isdigit() else 0
