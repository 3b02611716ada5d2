"""The pictures of docs/kibana.md: every dashboard over a made-up library, as its aggregations answer.

    python -m benchmarks.kibana [folder]

Needs an Elasticsearch (MOVIETAG_ELASTICSEARCH); writes into indices of its own and removes them.
"""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from elasticsearch import AsyncElasticsearch

from benchmarks.made_library import NOW_MS, MadeLibrary
from movietag.dashboards.aggregations import Period, listing, panel_rows, panel_search
from movietag.dashboards.objects import DASHBOARDS, ndjson
from movietag.dashboards.pictures import draw_dashboard
from movietag.dashboards.saved_objects import Objects, ResolvedPanel, parse_objects
from movietag.dashboards.views import VIEWS, mapping_of
from movietag.documents import DEAD_LETTERS, LetterBody, index_name
from movietag.files import write_whole
from movietag.records import Document
from movietag.research.evaluation.bootstrap import Estimate
from movietag.research.evaluation.indexing import ALIAS as EVALUATIONS
from movietag.research.evaluation.indexing import EvaluationBody
from movietag.research.evaluation.plotting import draw_styled
from movietag.research.evaluation.results import Measures, System
from movietag.search.client import connected
from movietag.search.index.snapshots import ALIAS as STAGE_METRICS
from movietag.search.index.snapshots import SnapshotBody
from movietag.search.index.writer import write_bulk
from movietag.settings import get_settings
from movietag.settings.credentials import as_administrator
from movietag.vocabulary import from_lines, load

MOVIES, IMAGES = 60, 100
MINUTE = 60_000
HOUR = Period(NOW_MS, NOW_MS + 60 * MINUTE)
YEAR = Period(NOW_MS - 60 * 86_400_000, NOW_MS + 86_400_000, "1d")
CHOSEN = [{"term": {"movie_id": "made-000007"}}]
PAGES = {"pipeline": HOUR, "evaluation": YEAR}
FILES = {"movie": CHOSEN}
AGENTS = {
    "plan": {"titles": 2.0},
    "fetch": {"videos": 6.0},
    "caption": {"frames": 40.0},
    "index": {"documents": 55.0},
}


def snapshots() -> Iterator[SnapshotBody]:
    """An hour of four stages: captioning is slow from the 20th minute to the 35th."""
    draw = np.random.default_rng(3)
    waiting = 0.0
    for second in range(0, 3600, 10):
        slow = 0.4 if 1200 <= second < 2100 else 1.0
        waiting = max(0.0, waiting + 10 * (40 - 58 * slow) + draw.normal(0, 20))
        for stage, agents in AGENTS.items():
            for agent, rate in agents.items():
                late = stage == "caption"
                done = max(0.0, draw.normal(rate * (slow if late else 1), rate / 10))
                took = draw.gamma(9, 0.05) / (slow if late else 1)
                yield SnapshotBody(
                    stage=stage,
                    process=f"made-{stage}:1",
                    agent=agent,
                    ready=True,
                    seconds=10.0,
                    events=round(10 * done),
                    handle_s=took,
                    in_flight=8,
                    oldest_s=2 * took,
                    lag=round(waiting) if late else int(draw.integers(0, 30)),
                    at_ms=NOW_MS + 1000 * second,
                )


def letters() -> Iterator[LetterBody]:
    """A few errors of an hour."""
    draw = np.random.default_rng(5)
    kinds = (
        ("fetch", "not-a-video", "The file is not a video."),
        ("fetch", "no-video-stream", "The file has no video; it holds audio only."),
        ("plan", "bad-title", "The title is empty."),
    )
    for n in range(24):
        stage, error, reason = kinds[min(int(draw.exponential(0.9)), 2)]
        at_ms = NOW_MS + int(draw.integers(0, 60 * MINUTE))
        yield LetterBody(
            letter_id=f"made/{n}",
            stage=stage,
            topic=f"movietag.{stage}",
            partition=0,
            offset=n,
            error=error,
            reason=reason,
            attempts=1,
            history=(),
            movie_id="made-000007" if n < 3 else f"made-{n:06}",
            preview="{}",
            size=2,
            letter_partition=0,
            letter_offset=n,
            at_ms=at_ms,
        )


def evaluations() -> Iterator[EvaluationBody]:
    """Six runs, better by and by, each beside the baseline of all tags."""
    zero = Measures(*(Estimate(0.0, 0.0, 0.0) for _ in Measures.__struct_fields__))
    systems: tuple[System, ...] = ("run", "all_tags")
    for number in range(6):
        for system in systems:
            good = 0.35 + 0.09 * number if system == "run" else 0.3
            found = {
                "f1_micro": good,
                "precision_micro": good + 0.05 if system == "run" else 0.18,
                "match_ratio": good - 0.04 if system == "run" else 1.0,
                "auc_tags": 0.55 + 0.07 * number if system == "run" else 0.5,
            }
            measures = {name: Estimate(value, None, None) for name, value in found.items()}
            yield EvaluationBody(
                run=f"run {number + 1}",
                reference="drawn",
                kind="drawn",
                relevance=0.5,
                min_ratio=0.0,
                resamples=1000,
                seed=0,
                confidence=0.95,
                group="all",
                tags=71,
                movies=60,
                system=system,
                k=None,
                measures=msgspec.structs.replace(zero, **measures),
                evaluated_ms=NOW_MS - 86_400_000 * (50 - 9 * number),
            )


async def shown(es: AsyncElasticsearch, index: str, panel: ResolvedPanel) -> list[dict[str, Any]]:
    """What a panel shows."""
    name = next(one.name for one in DASHBOARDS if one.title == panel.dashboard)
    period, filters = PAGES.get(name, YEAR), FILES.get(name, [])
    asked = panel_search if panel.columns else listing
    answer = await es.search(index=index, body=asked(panel, period, filters))
    if panel.columns:
        return panel_rows(panel, answer.body, period)
    return [hit["_source"] for hit in answer["hits"]["hits"]]


async def main(folder: Path) -> None:
    """Fill, ask, draw."""
    vocabulary = from_lines(f"pictures {uuid.uuid4().hex[:12]}", load("mpst").tags)
    library = MadeLibrary(vocabulary, MOVIES, IMAGES)
    made = {DEAD_LETTERS: letters(), STAGE_METRICS: snapshots(), EVALUATIONS: evaluations()}
    names = {
        view.alias: f"pictures-{uuid.uuid4().hex[:12]}-{view.alias}"
        if view.alias in made
        else index_name(view.alias, vocabulary.vocabulary_id)
        for view in VIEWS
    }
    documents = [one for number in range(MOVIES) for one in library.documents(number)]
    documents += [
        Document(names[alias], str(n), 1, msgspec.Raw(msgspec.json.encode(body)))
        for alias, bodies in made.items()
        for n, body in enumerate(bodies)
    ]
    objects = Objects(parse_objects(ndjson()))
    async with connected(as_administrator(get_settings())) as es:
        try:
            for alias, name in names.items():
                await es.indices.create(index=name, mappings=mapping_of(alias, vocabulary))
            for first in range(0, len(documents), 500):
                assert not await write_bulk(es, documents[first : first + 500])
            await es.indices.refresh(index=",".join(names.values()))
            for described, dashboard in zip(DASHBOARDS, objects.dashboards(), strict=True):
                panels = [
                    (panel, await shown(es, names[panel.alias], panel))
                    for panel in objects.panels(dashboard)
                ]
                page = partial(draw_dashboard, described.title, described.about, panels)
                write_whole(folder / f"{described.name}.png", draw_styled(page)["png"])
        finally:
            await es.indices.delete(index=",".join(names.values()), ignore_unavailable=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1] if sys.argv[1:] else "docs/kibana")))
