"""A few documents in every index of the dashboards, small enough to work figures out by hand."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import msgspec
from elasticsearch import AsyncElasticsearch
from support import sample_movies

from movietag.dashboards.views import VIEWS, mapping_of
from movietag.documents import DEAD_LETTERS, FRAMES, MOVIE_TAGS, MOVIES, LetterBody
from movietag.records import Document
from movietag.research.evaluation.bootstrap import Estimate
from movietag.research.evaluation.indexing import ALIAS as EVALUATIONS
from movietag.research.evaluation.indexing import EvaluationBody
from movietag.research.evaluation.results import Measures, System
from movietag.research.evaluation.tags import Group
from movietag.search.index.snapshots import ALIAS as STAGE_METRICS
from movietag.search.index.snapshots import SnapshotBody
from movietag.search.index.writer import write_bulk
from movietag.vocabulary import Vocabulary, from_lines

VOCABULARY = from_lines("dashboards", ["comedy", "cute", "horror", "murder", "western"])
SAMPLES = [one for one in sample_movies.SAMPLES if one.movie_id in {"barn", "laugh", "up", "none"}]
MINUTE = 1_790_000_040_000  # the first millisecond of a minute

Indices = dict[str, str]  # by alias


def snapshots() -> Iterator[SnapshotBody]:
    def one(
        stage: str,
        process: int,
        agent: str,
        second: int,
        events: int,
        handle_s: float | None,
        oldest_s: float,
        lag: int,
    ) -> SnapshotBody:
        return SnapshotBody(
            stage=stage,
            process=f"host:{process}",
            agent=agent,
            ready=handle_s is not None,
            seconds=10.0,
            events=events,
            handle_s=handle_s,
            in_flight=1,
            oldest_s=oldest_s,
            lag=lag,
            at_ms=MINUTE + 1000 * second,
        )

    yield one("fetch", 1, "videos", 10, 6, 2.0, 4.0, 8)
    yield one("fetch", 1, "videos", 20, 0, None, 14.0, 9)
    yield one("fetch", 1, "videos", 70, 30, 1.0, 0.5, 2)
    yield one("caption", 2, "frames", 10, 120, 0.5, 1.0, 300)
    yield one("caption", 3, "frames", 10, 60, 1.5, 3.0, 100)
    yield one("caption", 3, "frames", -600, 9999, 99.0, 99.0, 9999)  # before what is shown


def letters() -> Iterator[LetterBody]:
    first = msgspec.structs.replace(sample_movies.letter(VOCABULARY), at_ms=MINUTE + 5000)
    fetch = msgspec.structs.replace(first, stage="fetch", error="damaged-file", movie_id="laugh")
    yield first
    yield msgspec.structs.replace(fetch, reason="The file is damaged.", at_ms=MINUTE + 65_000)
    yield msgspec.structs.replace(
        fetch, movie_id="barn", reason="The file is cut off.", at_ms=MINUTE + 70_000
    )
    yield msgspec.structs.replace(first, state="purged")


def evaluations() -> Iterator[EvaluationBody]:
    zero = Measures(*(Estimate(0.0, 0.0, 0.0) for _ in Measures.__struct_fields__))

    def one(
        run: str, group: Group, system: System, minute: int, f1: float, other: tuple[float, ...]
    ) -> EvaluationBody:
        precision, match_ratio, auc = (Estimate(value, None, None) for value in other)
        measures = msgspec.structs.replace(
            zero,
            f1_micro=Estimate(f1, 0.0, 1.0),
            precision_micro=precision,
            match_ratio=match_ratio,
            auc_tags=auc,
        )
        return EvaluationBody(
            run=run,
            reference="ml-25m",
            kind="genome",
            relevance=0.5,
            min_ratio=0.0,
            resamples=1000,
            seed=0,
            confidence=0.95,
            group=group,
            tags=5,
            movies=3,
            system=system,
            k=None,
            measures=measures,
            evaluated_ms=MINUTE + 60_000 * minute,
        )

    yield one("before", "all", "run", 0, 0.25, (0.125, 1.0, 0.5))
    yield one("after", "all", "run", 1, 0.75, (0.5, 0.5, 1.0))
    yield one("after", "strict", "run", 1, 0.5, (0.25, 0.75, 0.875))
    yield one("after", "all", "all_tags", 1, 0.25, (0.125, 1.0, 0.5))


def bodies() -> dict[str, list[msgspec.Struct]]:
    """By alias."""
    return {
        MOVIES: [sample_movies.movie_body(one, VOCABULARY) for one in SAMPLES],
        MOVIE_TAGS: [row for one in SAMPLES for row in sample_movies.tag_bodies(one, VOCABULARY)],
        FRAMES: [frame for one in SAMPLES for frame in sample_movies.frame_bodies(one)],
        DEAD_LETTERS: list(letters()),
        STAGE_METRICS: list(snapshots()),
        EVALUATIONS: list(evaluations()),
    }


@asynccontextmanager
async def filled(
    es: AsyncElasticsearch, vocabulary: Vocabulary = VOCABULARY
) -> AsyncIterator[Indices]:
    """Indices of their own with the mappings of ours, filled; removed at the end."""
    names = {view.alias: f"few-{uuid.uuid4().hex[:12]}-{view.alias}" for view in VIEWS}
    try:
        for alias, name in names.items():
            await es.indices.create(index=name, mappings=mapping_of(alias, vocabulary))
        documents = [
            Document(names[alias], str(number), 1, msgspec.Raw(msgspec.json.encode(body)))
            for alias, found in bodies().items()
            for number, body in enumerate(found)
        ]
        assert await write_bulk(es, documents) == []
        await es.indices.refresh(index="few-*")
        yield names
    finally:
        await es.indices.delete(index=",".join(names.values()), ignore_unavailable=True)
