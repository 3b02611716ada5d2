"""Tally -> documents: which documents a movie has, and which are to be deleted.

Version = epoch << 48 | newest generation << 32 | offset + 1 of the newest fact: external and monotone, so a repeated
or late document loses against the newest one. Only what is shown (``movietag.rules.shown``) is published; the
``movies`` document also reports a newer attempt. While a movie is running, only that document and the frames are
published; the rows of ``movie_tags`` follow when it is finished.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from movietag.documents import (
    FRAMES,
    MOVIE_TAGS,
    MOVIES,
    Attempt,
    Body,
    FrameBody,
    MarkedCaptions,
    MovieBody,
    MovieTagBody,
    Status,
    TagCount,
    VideoState,
    has_tag_fields,
    index_name,
)
from movietag.frames.sampling import exceeds
from movietag.records import Caption, CaptionQuality, Document, LedgerFact, Plan, SlotFailure, Video
from movietag.rules.changes import change_of
from movietag.rules.drops import dropped_by, lost_share, slots_of_manifests
from movietag.rules.facts import Facts, SlotKey
from movietag.rules.failing import NO_CAPTION, NO_FRAME, NO_VIDEO
from movietag.rules.links import link
from movietag.rules.sampled import sampling_note
from movietag.rules.shown import PlanProgress, VideoProgress
from movietag.rules.spelling import title_forms, title_key
from movietag.rules.stems import caption_stems
from movietag.rules.tally import CountedFrame, Tally
from movietag.settings.languages import AlphabetName
from movietag.vocabulary import Vocabulary, field_name


def version(epoch: int, generation: int, facts: int) -> int:
    """The external version of a movie's documents.

    ``facts`` is how many facts of all movies the partition held up to the newest that was folded.
    """
    return epoch << 48 | generation << 32 | facts


class Publisher:
    """Makes the documents of movies for one vocabulary and epoch.

    Args:
        language: of captions (``movietag.rules.stems``).
        alphabet: in whose order titles stand (``movietag.rules.spelling.title_key``).
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        epoch: int,
        language: str,
        alphabet: AlphabetName | Literal[""] = "",
    ) -> None:
        self._vocabulary = vocabulary
        self._id = vocabulary.vocabulary_id
        self._epoch = epoch
        self._language = language
        self._alphabet = alphabet
        self._fields = {tag: field_name(tag) for tag in vocabulary.tags}
        self._order = {tag: place for place, tag in enumerate(vocabulary.tags)}
        self._small = has_tag_fields(vocabulary)

    def documents(self, facts: Facts, tally: Tally) -> Iterator[Document]:
        """All documents of the movie, then the deletions of its former ones."""
        number = version(self._epoch, tally.generation, tally.last_offset + 1)
        standing: set[bytes] = set()
        change = change_of(facts, tally, state(tally.shown)[0], _attempt(tally)[0])
        for index, doc_id, body in self._bodies(tally):
            document = self._document(index, doc_id, number, body)
            standing.add(document.key)
            if index == MOVIES:
                document, change = msgspec.structs.replace(document, change=change), ""
            yield document
        for index, doc_id in self._former(facts, tally):
            document = self._document(index, doc_id, number, None)
            if document.key not in standing:
                standing.add(document.key)
                if index == MOVIES:  # of a forgotten movie, which may have one for each tagger
                    document, change = msgspec.structs.replace(document, change=change), ""
                yield document

    def unconcerned(self, keys: Iterable[bytes], facts: Iterable[LedgerFact]) -> Iterator[bytes]:
        """Those keys of a movie's documents to which none of these facts of it contributes.

        The fact of a slot contributes to the slot's own ``frames`` document and to the
        documents of the whole movie; a plan or a manifest to everything.
        """
        frames = index_name(FRAMES, self._id)
        own: set[bytes] = set()
        for fact in facts:
            if not isinstance(fact, Caption | SlotFailure):
                return
            own.add(f"{frames}/{frame_key(movie_key(fact), (fact.video_id, fact.slot))}".encode())
        prefix = f"{frames}/".encode()
        yield from (key for key in keys if key.startswith(prefix) and key not in own)

    def _document(self, index: str, doc_id: str, number: int, body: Body | None) -> Document:
        raw = msgspec.Raw(msgspec.json.encode(body))
        return Document(index_name(index, self._id), doc_id, number, raw)

    def _bodies(self, tally: Tally) -> Iterator[tuple[str, str, Body]]:
        if tally.plan.forgotten:
            return
        movie = movie_key(tally.plan)
        order = sorted(tally.counts, key=lambda tag: -tally.counts[tag])  # stable: vocabulary order
        yield MOVIES, movie, self._movie(tally, order)
        for slot, frame in tally.frames.items():
            yield FRAMES, frame_key(movie, slot), self._frame(tally, frame)
        if tally.finished:
            for rank, tag in enumerate(order, 1):
                if tally.counts[tag] or self._small:
                    yield MOVIE_TAGS, self._row_key(movie, tag), self._row(tally, tag, rank)

    def _former(self, facts: Facts, tally: Tally) -> Iterator[tuple[str, str]]:
        """Ids of everything that older plans, or a video that has failed since, may have published."""
        current = (tally.plan.generation, tally.plan.tagger)
        former = [item.fact for item in facts if isinstance(item.fact, Plan)]
        for plan in (plan for plan in former if plan is not tally.plan):
            movie = movie_key(plan)
            if plan.tagger != tally.plan.tagger or tally.plan.forgotten:
                yield MOVIES, movie
            if plan.generation != tally.plan.generation:
                yield from ((MOVIE_TAGS, self._row_key(movie, tag)) for tag in self._fields)
        if not self._small and tally.plan.revision:  # a tag that a failed video has taken along
            movie = movie_key(tally.plan)
            yield from ((MOVIE_TAGS, self._row_key(movie, tag)) for tag in self._fields)
        for item in facts:
            if isinstance(item.fact, Caption) and (
                (item.fact.generation, item.fact.tagger) != current
                or item.fact.video_id not in tally.videos
            ):
                yield FRAMES, frame_key(movie_key(item.fact), (item.fact.video_id, item.fact.slot))

    def _row_key(self, movie: str, tag: str) -> str:
        return f"{movie}~{self._fields[tag]}"

    def _movie(self, tally: Tally, order: list[str]) -> MovieBody:
        plan = tally.plan
        seen = tuple(tag for tag in order if tally.counts[tag])
        status, reason = state(tally.shown)
        attempt, attempt_reason = _attempt(tally)
        with_fields = self._vocabulary.tags if self._small else seen
        manifests = [one.manifest for one in tally.videos.values() if one.manifest]
        return MovieBody(
            movie_id=plan.movie_id,
            title=plan.title,
            year=plan.year,
            status=status,
            reason=reason,
            generation=plan.generation,
            revision=plan.revision,
            tagger=plan.tagger,
            vocabulary=self._id,
            images=tally.images,
            promised=tally.promised,
            failed_images=sum(video.failed for video in tally.videos.values()),
            tag_names=seen,
            tags={
                self._fields[tag]: TagCount(tally.counts[tag], tally.ratio(tag))
                for tag in with_fields
            },
            videos=tuple(_video_state(plan, video, tally) for video in plan.videos),
            added_ms=plan.made_ms,
            updated_ms=tally.updated_ms,
            attempt=attempt,
            attempt_reason=attempt_reason,
            slots=slots_of_manifests(manifests),
            dropped=sum(len(one.dropped) for one in manifests),
            dropped_by=dropped_by(manifests),
            short=tally.finished and exceeds(lost_share(manifests), plan.sampling.most_lost),
            not_whole=tuple(
                MarkedCaptions(quality, count)
                for quality, count in sorted(
                    tally.qualities.items(), key=lambda one: (-one[1], one[0])
                )
                if quality != CaptionQuality.WHOLE
            ),
            title_forms=title_forms(plan.title),
            title_key=title_key(plan.title, self._alphabet),
            sampling=sampling_note(plan),
            tag_vector=self._vector(tally) if seen else msgspec.UNSET,
        )

    def _vector(self, tally: Tally) -> tuple[float, ...] | dict[str, float]:
        if self._small:
            return tuple(tally.ratio(tag) for tag in self._fields)
        return {name: tally.ratio(tag) for tag, name in self._fields.items() if tally.counts[tag]}

    def _row(self, tally: Tally, tag: str, rank: int) -> MovieTagBody:
        plan = tally.plan
        return MovieTagBody(
            movie_id=plan.movie_id,
            title=plan.title,
            year=plan.year,
            tagger=plan.tagger,
            tag=tag,
            count=tally.counts[tag],
            ratio=tally.ratio(tag),
            images=tally.images,
            rank=rank,
            updated_ms=tally.updated_ms,
            confidence=tally.confidence(tag),
        )

    def _frame(self, tally: Tally, frame: CountedFrame) -> FrameBody:
        plan, caption = tally.plan, frame.caption
        video = next(video for video in plan.videos if video.video_id == caption.video_id)
        return FrameBody(
            movie_id=plan.movie_id,
            title=plan.title,
            year=plan.year,
            tagger=plan.tagger,
            video_id=video.video_id,
            video_title=video.title,
            slot=caption.slot,
            time=caption.time,
            caption=caption.caption,
            tags=tuple(sorted(frame.tags, key=self._order.__getitem__)),
            link=link(video.url, caption.time),
            updated_ms=frame.at_ms,
            confidence=caption.confidence,
            quality=caption.quality,
            stems=caption_stems(caption.caption, self._language),
        )


def movie_key(fact: Plan | Caption | SlotFailure) -> str:
    """Id of the ``movies`` document of a movie and tagger; other documents' ids begin with it."""
    return f"{fact.movie_id}~{fact.tagger}"


def frame_key(movie: str, slot: SlotKey) -> str:
    """Id of a ``frames`` document."""
    return f"{movie}~{slot[0]}~{slot[1]:03d}"


def state(of: PlanProgress) -> tuple[Status, str]:
    """The status of a plan, and the reason if it failed."""
    if not of.finished:
        return "running", ""
    if of.complete:
        return "complete", ""
    plan = of.plan
    if plan.reason:
        return "failed", plan.reason
    if not of.videos:
        return "failed", f"{NO_VIDEO}{_failures(plan)}"
    if of.promised:
        return "failed", NO_CAPTION
    return "failed", NO_FRAME


def _attempt(tally: Tally) -> tuple[Attempt | None, str]:
    """The status of an attempt newer than what is shown, and the reason if it failed."""
    plan = tally.plan
    if tally.attempt is None:
        nothing = bool(tally.complete and plan.reason)  # a search for more videos
        return ("failed", plan.reason) if nothing else (None, "")
    status, reason = state(tally.attempt)
    if status == "running":
        return "running", ""
    return (
        "failed",
        reason or f"Not all stored frames could be read. {_failures(tally.attempt.plan)}",
    )


def _failures(plan: Plan) -> str:
    return "; ".join(f"{item.video_id}: {item.reason}" for item in plan.failed)


def _video_state(plan: Plan, video: Video, tally: Tally) -> VideoState:
    counted = tally.videos.get(video.video_id)
    failures = (item for item in plan.failed if item.video_id == video.video_id)
    failure = None if counted else next(failures, None)
    counted = counted or VideoProgress()
    manifest = counted.manifest
    return VideoState(
        video_id=video.video_id,
        url=video.url,
        title=video.title,
        source=video.source,
        score=video.score,
        reasons=video.reasons,
        status="failed" if failure else "fetched" if manifest else "waiting",
        reason=f"{failure.kind}: {failure.reason}" if failure else "",
        slots=len(manifest.slots) if manifest else 0,
        dropped=len(manifest.dropped) if manifest else 0,
        captioned=counted.captioned,
        failed=counted.failed,
        dropped_by=dropped_by([manifest] if manifest else []),
        seconds=manifest.seconds if manifest else 0.0,
        claimed=manifest.claimed if manifest else 0.0,
    )
