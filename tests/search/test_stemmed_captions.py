"""`text:` finds the words of captions in every form, and frames of before as they are written."""

from __future__ import annotations

import msgspec
from elasticsearch import AsyncElasticsearch
from support import sample_movies

from movietag.documents import FRAMES, MOVIES
from movietag.search.index.ensuring import ensure_schema
from movietag.search.index.writer import write_bulk
from movietag.search.ranking import MovieSearch
from movietag.search.reader import Reader
from movietag.search.scenes import SceneSearch, scenes
from movietag.vocabulary import Vocabulary


async def slots(reader: Reader, query: str) -> list[int]:
    """The slots of the scenes; their movie is found for the same query."""
    found = await scenes(reader, SceneSearch(reader.parse(query, "frames")))
    movies = await reader.movies(MovieSearch(reader.parse(query)))
    assert bool(movies.movies) == bool(found.scenes)
    return sorted(scene.slot for scene in found.scenes)


async def test_words_in_other_forms(es: AsyncElasticsearch, vocabulary: Vocabulary) -> None:
    await ensure_schema(es, vocabulary)
    sample = sample_movies.SAMPLES[0]
    movie = sample_movies.movie_body(sample, vocabulary)
    documents = [sample_movies.document(MOVIES, "movie", movie, vocabulary)]
    first = next(sample_movies.frame_bodies(sample))
    for slot, caption, stems in (
        (0, "Two dark castles", "two dark castl"),
        (4, "A dark castle", ""),  # of before: no stems
    ):
        frame = msgspec.structs.replace(
            first, slot=slot, time=9.0 * slot, caption=caption, stems=stems
        )
        documents.append(sample_movies.document(FRAMES, f"movie~{slot}", frame, vocabulary))
    assert await write_bulk(es, documents) == []
    await es.indices.refresh(index=f"*-{vocabulary.vocabulary_id}-*")

    english = Reader(es, vocabulary, 0.1, language="english")
    assert await slots(english, "text:castle") == [0, 4]
    assert await slots(english, 'text:"dark castles"') == [0]
    assert await slots(english, "text:castled") == [0]
    assert await slots(english, "text:cas*") == [0, 4]
    assert await slots(english, "text:case") == []
    written = Reader(es, vocabulary, 0.1)
    assert await slots(written, "text:castle") == [4]
    assert await slots(written, 'text:"dark castles"') == [0]
