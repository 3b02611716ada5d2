"""What the pages have to show beside the sample movies: one of markup, a dead letter; nothing is saved."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from support import sample_movies

from movietag.documents import BODIES, DEAD_LETTERS, FRAMES, MOVIES
from movietag.records import Document
from movietag.search import saved
from movietag.search.client import connected
from movietag.search.index.writer import write_bulk
from movietag.settings import Settings
from movietag.vocabulary import Vocabulary, load

MARKUP = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>"
SCRIPT = "javascript:alert(3)"


async def write_more(library: Settings) -> None:
    vocabulary = load(library.vocabulary)
    async with connected(library) as es:
        assert await write_bulk(es, [*_markup(vocabulary), _letter(vocabulary)]) == []
        await es.indices.refresh(index=",".join(BODIES))
        await es.indices.delete(index=saved.INDEX, ignore_unavailable=True)


def _markup(vocabulary: Vocabulary) -> Iterator[Document]:
    """A movie with markup wherever others' text goes, and links that run a script."""
    sample = sample_movies.Sample("marked", MARKUP, 2001, 4, {"cult": 4}, "complete", MARKUP)
    body = sample_movies.movie_body(sample, vocabulary)
    videos = tuple(
        msgspec.structs.replace(one, title=MARKUP, url=SCRIPT, reason=MARKUP, reasons=(MARKUP,))
        for one in body.videos
    )
    body = msgspec.structs.replace(body, tagger=MARKUP, videos=videos)
    yield sample_movies.document(MOVIES, "marked~demo", body, vocabulary)
    for frame in sample_movies.frame_bodies(sample):
        evil = msgspec.structs.replace(
            frame, caption=MARKUP, video_title=MARKUP, link=SCRIPT, tagger=MARKUP
        )
        yield sample_movies.document(FRAMES, f"marked~demo~{frame.slot:08}", evil, vocabulary)


def _letter(vocabulary: Vocabulary) -> Document:
    """A dead letter about a movie; it stands where the fixtures clean up."""
    letter = msgspec.structs.replace(
        sample_movies.letter(vocabulary),
        stage="caption",
        error="bad-image",
        movie_id="harbor",
        reason=f"The frame cannot be decoded: {MARKUP}",
    )
    document = sample_movies.document(DEAD_LETTERS, vocabulary.vocabulary_id, letter, vocabulary)
    return msgspec.structs.replace(document, version=2)
