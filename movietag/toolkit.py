"""Movietag for Python programs: sample the frames of a video, count tags in captions, search a library.

``import movietag`` has these names; docs/library.md has examples of each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from movietag.documents import TagCount
from movietag.records import MovieId, Sources, Title
from movietag.rules.planning import sampling
from movietag.search.cursors import cursor_of
from movietag.search.ranking import By, MovieSearch
from movietag.search.reader import Reader, reader
from movietag.search.results import Movie, Movies, Scenes
from movietag.search.scene_orders import SceneBy
from movietag.search.scenes import SceneSearch, scenes
from movietag.search.understanding import understand
from movietag.settings import Settings, get_settings
from movietag.vocabulary import Vocabulary

if TYPE_CHECKING:  # OpenCV and the decoders take 0.1 s to load
    from movietag.frames.extract import Extraction


def sample_frames(
    path: str | Path, slots: int | None = None, settings: Settings | None = None
) -> Extraction:
    """The frames of a video, or of a folder of pictures, as the fetch stage takes them.

    Iterate over the result for ``slot``, ``time`` (seconds from the first frame; of a picture its position in
    the folder) and ``jpeg``; afterwards its ``dropped`` says which slots have no frame and why. Decoding runs in
    this process, without the limits that the fetch stage sets: use it for files that you trust.

    Args:
        path: a video file, or a folder of pictures.
        slots: frames at most, 1 to 5,000; default: the settings'.
        settings: size, filters and mode of the frames; default: those of the environment.

    Raises:
        PermanentError: ``not-a-video``, ``no-video-stream``, ``no-decoder``, ``dolby-vision``, ``too-large`` or
            ``no-pictures``.
    """
    from movietag.frames.extract import extract_images, extract_video  # noqa: PLC0415

    path = Path(path)
    pictures = path.is_dir()
    sources = Sources(images=(str(path),)) if pictures else Sources(files=(str(path),))
    title = Title(path.name, MovieId("sampled"), sources=sources)
    how = sampling(title, 1, settings or get_settings())
    if slots is not None:
        how = msgspec.structs.replace(how, slots=slots, slots_per_minute=0.0)
    return extract_images(path, how) if pictures else extract_video(path, how)


def count_tags(captions: Iterable[str], vocabulary: Vocabulary) -> dict[str, TagCount]:
    """In how many captions each tag of a vocabulary appears, and their share of all captions.

    Tags that occur, the most frequent first; equally frequent ones in the vocabulary's order.
    """
    total, counts = 0, Counter[str]()
    for caption in captions:
        total += 1
        counts.update(vocabulary.match(caption))
    order = sorted(filter(counts.get, vocabulary.tags), key=lambda tag: -counts[tag])
    return {tag: TagCount(counts[tag], counts[tag] / total) for tag in order}


class TagLibrary:
    """The movies in an Elasticsearch, searched in the query language of `movietag search`.

    Every method raises:
        TransientError: Elasticsearch is unreachable, or has no index of the vocabulary.
        UsageError: the query cannot be parsed, or a page token is not one of this search.
    """

    def __init__(self, library: Reader, scene_gap: int) -> None:
        self._reader = library
        self._scene_gap = scene_gap  # slots

    async def search(
        self,
        query: str = "",
        by: By | None = None,
        limit: int = 20,
        *,
        next_page: str = "",
        previous_page: str = "",
    ) -> Movies:
        """The movies that fit a query, best first; see ``movietag.Movies``.

        Args:
            query: e.g. ``horror>=30% and not comedy``, or plain words, e.g. of a title; empty: every movie.
            by: ``ratio``, ``lift``, ``recency``, ``text``, ``meaning`` or ``title``; default: ``meaning`` for a
                query with ``about:``, else ``ratio``.
            limit: movies at most.
            next_page: the ``next`` of a page of this search, for the page after it.
            previous_page: the ``previous`` of one, for the page before it.
        """
        cursor = cursor_of(next_page, previous_page)
        where = await understand(self._reader, query, "movies", cursor)
        lifts = await self._reader.lifts() if by == "lift" else None
        found = await self._reader.movies(MovieSearch(where.node, by, limit, lifts, cursor))
        return msgspec.structs.replace(found, read=where.read)

    async def scenes(
        self,
        query: str = "",
        limit: int = 20,
        *,
        by: SceneBy | None = None,
        next_page: str = "",
        previous_page: str = "",
    ) -> Scenes:
        """The scenes that fit a query.

        ``by``: ``title`` (then video and time), ``length``, ``text`` or ``meaning``; default: ``meaning`` for a query
        with ``about:``, else ``title``. Pages as in ``search``.
        """
        cursor = cursor_of(next_page, previous_page)
        where = await understand(self._reader, query, "frames", cursor)
        search = SceneSearch(where.node, limit, self._scene_gap, cursor, by=by)
        found = await scenes(self._reader, search)
        return msgspec.structs.replace(found, read=where.read)

    async def movie(self, text: str) -> Movie:
        """One movie by its id, its title or words of it.

        Raises:
            MovietagError: there is no such movie.
            UsageError: there are several; the text lists them.
        """
        return await self._reader.movie(text)


@asynccontextmanager
async def open_library(settings: Settings | None = None) -> AsyncIterator[TagLibrary]:
    """The library of the settings' Elasticsearch, and its connection, closed at the end of the block.

    Args:
        settings: where Elasticsearch is; default: those of the environment (``MOVIETAG_ELASTICSEARCH``).

    Raises:
        UsageError: the settings' vocabulary or address cannot be used.
    """
    settings = settings or get_settings()
    async with reader(settings) as library:
        yield TagLibrary(library, settings.scene_gap)
