"""Captioning kept frames without the stages: a run to compare, which touches no index.

Tags are counted as the count stage does it: a frame that the model refuses has no caption, and is no image.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import msgspec

from movietag.captioning import Captioned, Captioner, CaptionFailed, caption_fact, other_vocabulary
from movietag.captioning.quality import QualityMarker
from movietag.documents import TagCount
from movietag.errors import PermanentError, UsageError
from movietag.frames.kept import Kept, frame_digest
from movietag.frames.store import FrameStore
from movietag.records import FrameInfo, SlotTime, TaggerId
from movietag.rules.tally import Matcher

TRIES = 3  # of a frame on which the model fails


class RunFrame(msgspec.Struct, frozen=True):
    """What was said about one frame, and the tags found in it."""

    video_id: str
    slot: int
    time: float
    caption: str
    tags: tuple[str, ...]


class RunMovie(msgspec.Struct, frozen=True):
    """A movie of a run, in the form that `movietag evaluate` reads."""

    movie_id: str
    title: str
    year: int | None
    images: int
    failed_images: int
    tags: dict[str, TagCount]  # those that occur, the most frequent first
    frames: tuple[RunFrame, ...]


class TaggerRun(msgspec.Struct, frozen=True):
    """What one tagger has found in kept frames."""

    tagger: str
    vocabulary: str
    total: int
    movies: tuple[RunMovie, ...]


@dataclass(frozen=True)
class Offline:
    """Captions the kept frames of movies.

    Args:
        store: where they are.
        captioner: who captions.
        tagger: what the captioner is: another one that answers meanwhile ends the run.
        match: finds tags in captions.
        in_flight: frames asked at a time.
    """

    store: FrameStore
    captioner: Captioner
    tagger: TaggerId
    match: Matcher
    in_flight: int

    @cached_property
    def _marker(self) -> QualityMarker:
        return QualityMarker(self.match.vocabulary)

    async def movie(
        self, records: Sequence[Kept], report: Callable[[], None], known_tags: tuple[str, ...] = ()
    ) -> RunMovie:
        """Caption all frames of a movie; ``report`` is called for each, ``known_tags`` of an earlier pass.

        Raises:
            UsageError: another tagger answers, or it scores another vocabulary.
            TransientError: the store or the model is away.
        """
        slots = asyncio.Semaphore(self.in_flight)

        async def one(kept: Kept, slot: SlotTime, said: str) -> RunFrame | None:
            async with slots:
                frame = await self._frame(kept, slot, said, known_tags)
            report()
            return frame

        pending = [(kept, slot, said) for kept in records for slot, said in kept.frames]
        answers = await asyncio.gather(*(one(*frame) for frame in pending))
        frames = [frame for frame in answers if frame is not None]
        return self._counted(records[0], frames, failed=len(pending) - len(frames))

    async def _frame(
        self, kept: Kept, slot: SlotTime, said: str, found: tuple[str, ...]
    ) -> RunFrame | None:
        job = kept.job
        context = msgspec.structs.replace(job.context, found=found)
        jpeg = await asyncio.to_thread(
            self.store.read, job.movie_id, job.video.video_id, slot.slot, job.generation
        )
        if jpeg is None or frame_digest(jpeg) != said:
            return None
        for tries in range(1, TRIES + 1):
            try:
                answer = await self.captioner.caption(jpeg, context, self.tagger)
            except PermanentError:
                return None
            except CaptionFailed:
                if tries == TRIES:
                    return None
            else:
                return self._found(kept, slot, answer)
        return None

    def _found(self, kept: Kept, slot: SlotTime, answer: Captioned) -> RunFrame:
        if answer.tagger != self.tagger:
            raise UsageError(
                f"The tagger was {self.tagger}, and now {answer.tagger} answers. Start again when it"
                " stays what it is."
            )
        if reason := other_vocabulary(answer, self.match.vocabulary.tags_id):
            raise UsageError(reason)
        job = kept.job
        video = job.video.video_id
        info = FrameInfo(job.movie_id, job.generation, video, slot.slot, slot.time, answer.tagger)
        found = self.match.tags_of(caption_fact(info, answer, self._marker))
        tags = tuple(tag for tag in self.match.vocabulary.tags if tag in found)
        return RunFrame(video, slot.slot, slot.time, answer.caption, tags)

    def _counted(self, kept: Kept, frames: Sequence[RunFrame], failed: int) -> RunMovie:
        counts = {
            tag: count
            for tag in self.match.vocabulary.tags
            if (count := sum(tag in frame.tags for frame in frames))
        }
        context = kept.job.context
        return RunMovie(
            movie_id=kept.job.movie_id,
            title=context.title,
            year=context.year,
            images=len(frames),
            failed_images=failed,
            tags={
                tag: TagCount(counts[tag], counts[tag] / len(frames))
                for tag in sorted(counts, key=lambda tag: -counts[tag])
            },
            frames=tuple(frames),
        )
