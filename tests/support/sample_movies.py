"""A small library of movies with known tags, as documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from movietag.documents import (
    DEAD_LETTERS,
    FRAMES,
    MOVIE_TAGS,
    MOVIES,
    Body,
    FrameBody,
    LetterBody,
    MarkedCaptions,
    MovieBody,
    MovieTagBody,
    Status,
    TagCount,
    VideoState,
    has_tag_fields,
    index_name,
)
from movietag.records import Document, Failure
from movietag.rules.spelling import title_forms, title_key
from movietag.rules.stems import caption_stems
from movietag.vocabulary import Vocabulary, field_name

NOW = 1_790_000_000_000
CUT = 10  # of so many captions the last one is cut


@dataclass(frozen=True)
class Sample:
    """A movie: in how many of its images each tag appears."""

    movie_id: str
    title: str
    year: int | None
    images: int
    counts: Mapping[str, int] = field(default_factory=dict)
    status: Status = "complete"
    reason: str = ""


EVIL = '=HYPERLINK("http://x")[red]\u202e\x1b[31m'
SAMPLES = (
    Sample("harbor", "Moonlit Harbor", 1998, 82, {"gothic": 63, "horror": 41, "murder": 20}),
    Sample("barn", "The Barn", 1977, 10, {"horror": 3, "western": 9, "comedy": 0}),
    Sample("laugh", "Laugh or Die", 2010, 50, {"horror": 20, "comedy": 25, "murder": 2}),
    Sample("grin", "One Grin", 2011, 50, {"horror": 40, "comedy": 4}),
    Sample("dal", "달빛 항구", 2003, 40, {"romantic": 30, "sci-fi": 10, "feel-good": 40}),
    Sample("dune-84", "Dune", 1984, 20, {"sci-fi": 18}),
    Sample("dune-21", "Dune", 2021, 20, {"sci-fi": 20}, status="running"),
    Sample("up", "Up", 2009, 20, {"cute": 15}),
    Sample("up-close", "Up Close", 1996, 20, {"romantic": 15}),
    Sample("evil", EVIL, None, 4, {"dark": 4}),
    Sample("none", "Nobody Finds This", None, 0, {}, "failed", "The search found no video."),
)


def shares(sample: Sample, vocabulary: Vocabulary) -> dict[str, TagCount]:
    """By tag, zeros too when the vocabulary has fields for tags."""
    everything = has_tag_fields(vocabulary)
    return {
        tag: TagCount(count, count / sample.images if sample.images else 0.0)
        for tag in vocabulary.tags
        if (count := sample.counts.get(tag, 0)) or everything
    }


def movie_body(sample: Sample, vocabulary: Vocabulary) -> MovieBody:
    found = shares(sample, vocabulary)
    present = sorted((tag for tag in found if found[tag].count), key=lambda t: -found[t].count)
    ratios = tuple(found[tag].ratio if tag in found else 0.0 for tag in vocabulary.tags)
    return MovieBody(
        movie_id=sample.movie_id,
        title=sample.title,
        year=sample.year,
        status=sample.status,
        reason=sample.reason,
        generation=1,
        revision=1,
        tagger="demo@0123",
        vocabulary=vocabulary.vocabulary_id,
        images=sample.images,
        promised=sample.images,
        failed_images=0,
        tag_names=tuple(present),
        tags={field_name(tag): count for tag, count in found.items()},
        videos=(video("a", "fetched"), video("b", "failed")),
        added_ms=NOW + (SAMPLES.index(sample) if sample in SAMPLES else len(SAMPLES)),
        updated_ms=NOW,
        title_forms=title_forms(sample.title),
        title_key=title_key(sample.title),
        not_whole=(MarkedCaptions("cut", cut),) if (cut := sample.images // CUT) else (),
        tag_vector=ratios if present else msgspec.UNSET,
    )


def video(video_id: str, status: str) -> VideoState:
    return msgspec.convert(
        {
            "video_id": f"demo:{video_id}",
            "url": f"http://127.0.0.1:9/video/{video_id}.mp4",
            "title": f"Official Trailer {video_id.upper()}",
            "source": "search",
            "score": 3.5,
            "reasons": ["whole title", "kind word trailer"],
            "status": status,
            "reason": "The file is damaged." if status == "failed" else "",
            "slots": 10,
            "dropped": 1,
            "captioned": 9,
            "failed": 0,
        },
        VideoState,
    )


def tag_bodies(sample: Sample, vocabulary: Vocabulary) -> Iterator[MovieTagBody]:
    ranked = sorted(shares(sample, vocabulary).items(), key=lambda item: -item[1].count)
    for rank, (tag, share) in enumerate(ranked, 1):
        yield MovieTagBody(
            movie_id=sample.movie_id,
            title=sample.title,
            year=sample.year,
            tagger="demo@0123",
            tag=tag,
            count=share.count,
            ratio=share.ratio,
            images=sample.images,
            rank=rank,
            updated_ms=NOW,
        )


def frame_bodies(sample: Sample) -> Iterator[FrameBody]:
    for slot in range(sample.images):
        tags = tuple(tag for tag, count in sample.counts.items() if slot < count)
        quoted = ", ".join(f"'{tag}'" for tag in tags)
        caption = f"A scene from a movie containing tag data {quoted}"
        yield FrameBody(
            movie_id=sample.movie_id,
            title=sample.title,
            year=sample.year,
            tagger="demo@0123",
            video_id=f"demo:{'ab'[slot % 2]}",
            video_title="Official Trailer",
            slot=slot,
            time=slot * 6.25,
            caption=caption,
            tags=tags,
            link=f"http://127.0.0.1:9/video/a.mp4#t={slot * 6.25}",
            updated_ms=NOW,
            quality="cut" if slot % CUT == CUT - 1 else "whole",
            stems=caption_stems(caption, "english"),
        )


def letter(vocabulary: Vocabulary) -> LetterBody:
    """A letter, with an id that no other test has."""
    return LetterBody(
        letter_id=f"{vocabulary.vocabulary_id}/0/7/plan",
        stage="plan",
        topic="movietag.titles",
        partition=0,
        offset=7,
        error="bad-title",
        reason="The title is empty.",
        attempts=1,
        history=(Failure(NOW, "bad-title", "The title is empty."),),
        movie_id=None,
        preview="{}",
        size=2,
        letter_partition=0,
        letter_offset=1,
        at_ms=NOW,
    )


def document(alias: str, doc_id: str, body: Body, vocabulary: Vocabulary) -> Document:
    index = index_name(alias, vocabulary.vocabulary_id)
    return Document(index, doc_id, 1, msgspec.Raw(msgspec.json.encode(body)))


def library(vocabulary: Vocabulary) -> Iterator[Document]:
    """All documents of the samples, and one letter."""
    for sample in SAMPLES:
        key = f"{sample.movie_id}~demo"
        yield document(MOVIES, key, movie_body(sample, vocabulary), vocabulary)
        for row in tag_bodies(sample, vocabulary):
            yield document(MOVIE_TAGS, f"{key}~{field_name(row.tag)}", row, vocabulary)
        for frame in frame_bodies(sample):
            yield document(FRAMES, f"{key}~{frame.slot:08}", frame, vocabulary)
    yield document(DEAD_LETTERS, vocabulary.vocabulary_id, letter(vocabulary), vocabulary)
