"""What every panel shows, asked of a real server as Kibana would, against figures worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from elasticsearch import AsyncElasticsearch
from few import MINUTE, Indices

from movietag.dashboards.aggregations import Period, listing, panel_rows, panel_search
from movietag.dashboards.objects import ndjson
from movietag.dashboards.saved_objects import Objects, ResolvedPanel, parse_objects

SHOWN = Period(MINUTE - 60_000, MINUTE + 600_000)
SECOND = MINUTE + 60_000  # the next minute
CHOSEN = [{"term": {"movie_id": "laugh"}}]  # in the control of the movie's page
LIBRARY, HEAT, MOVIE = "movietag: the library", "movietag: tags by movie", "movietag: a movie"
PIPELINE, EVALUATION = "movietag: the pipeline", "movietag: evaluation"

# By dashboard and panel: the cells of its rows, in the order of its columns; rows of 0 are left out.
# Barn (1977): 10 frames, 3 horror, 9 western. Laugh or Die (2010): 50, 20 horror, 25 comedy, 2 murder.
# Up (2009): 20, 15 cute. One failed. The n-th frame is at 6.25 n s; tags are in the first frames.
FIGURES: dict[tuple[str, str], list[tuple[Any, ...]]] = {
    (LIBRARY, "Movies"): [(4,)],
    (LIBRARY, "Frames counted"): [(80,)],
    (LIBRARY, "Tags that occur"): [(5,)],
    (LIBRARY, "Movies that failed"): [(1,)],
    (LIBRARY, "Tags by their mean ratio"): [
        ("western", 0.9 / 3),
        ("cute", 0.75 / 3),
        ("horror", (0.3 + 0.4) / 3),
        ("comedy", 0.5 / 3),
        ("murder", 0.04 / 3),
    ],
    (LIBRARY, "Tags by the movies that show them"): [
        ("horror", 2),
        ("comedy", 1),
        ("cute", 1),
        ("murder", 1),
        ("western", 1),
    ],
    (LIBRARY, "Movies by decade and status"): [
        ((1970, 1980), "complete", 1),
        ((2000, 2010), "complete", 1),
        ((2010, 2020), "complete", 1),
    ],
    (LIBRARY, "Movies by where their videos come from"): [("search", 4)],
    (LIBRARY, "Captions by their mark"): [("whole", 72), ("cut", 8)],  # every tenth is cut
    (LIBRARY, "Captions not marked as whole, by tagger"): [("demo@0123", "cut", 8)],
    (HEAT, "Tags by movie"): [
        ("western", "barn", 0.9),
        ("cute", "up", 0.75),
        ("horror", "barn", 0.3),
        ("horror", "laugh", 0.4),
        ("comedy", "laugh", 0.5),
        ("murder", "laugh", 0.04),
    ],
    (HEAT, "How high ratios are"): [
        ((0.01, 0.1), 1),
        ((0.3, 0.5), 2),
        ((0.5, 0.75), 1),
        ((0.75, None), 2),
    ],
    (MOVIE, "Frames"): [(50,)],
    (MOVIE, "Tags that occur"): [(3,)],
    (MOVIE, "Videos"): [(2,)],
    (MOVIE, "Dead letters"): [(1,)],
    (MOVIE, "Tags: frames with it, their share"): [
        ("comedy", 0.5, 25),
        ("horror", 0.4, 20),
        ("murder", 0.04, 2),
    ],
    # Frames at 0, 6.25, 12.5 | 18.75, 25 | 31.25, 37.5, 43.75 | 50, 56.25 | 62.5, 68.75 | 75, …
    (MOVIE, "When tags are seen (seconds of a video)"): [
        *(
            ("comedy", (15 * n, 15 * n + 15), frames)
            for n, frames in enumerate((3, 2, 3, 2, 2, 3, 2, 3, 2, 2, 1))
        ),
        *(
            ("horror", (15 * n, 15 * n + 15), frames)
            for n, frames in enumerate((3, 2, 3, 2, 2, 3, 2, 3))
        ),
        ("murder", (0, 15), 2),
    ],
    (MOVIE, "Frames by video"): [("demo:a", 25), ("demo:b", 25)],
    (MOVIE, "Dead letters by stage and error"): [("fetch", "damaged-file", 1)],
    (PIPELINE, "Stage processes"): [(3,)],
    (PIPELINE, "Snapshots of a stage that was not ready"): [(1,)],
    (PIPELINE, "Dead letters"): [(3,)],
    (PIPELINE, "Events a second"): [
        ("frames", MINUTE, (120 + 60) / 60),
        ("videos", MINUTE, 6 / 60),
        ("videos", SECOND, 30 / 60),
    ],
    (PIPELINE, "Lag: messages not committed (of the process that has most)"): [
        ("frames", MINUTE, 300),
        ("videos", MINUTE, 9),
        ("videos", SECOND, 2),
    ],
    (PIPELINE, "Latency: seconds that an entry takes (mean of the snapshots)"): [
        ("frames", MINUTE, (0.5 + 1.5) / 2),
        ("videos", MINUTE, 2.0),
        ("videos", SECOND, 1.0),
    ],
    (PIPELINE, "Age of the oldest entry in flight, seconds"): [
        ("frames", MINUTE, 3.0),
        ("videos", MINUTE, 14.0),
        ("videos", SECOND, 0.5),
    ],
    (PIPELINE, "Dead letters by error"): [
        ("damaged-file", SECOND, 2),
        ("bad-title", MINUTE, 1),
    ],
    (PIPELINE, "Dead letters by reason"): [
        ("fetch", "damaged-file", "The file is cut off.", 1),
        ("fetch", "damaged-file", "The file is damaged.", 1),
        ("plan", "bad-title", "The title is empty.", 1),
    ],
    (EVALUATION, "Over time: all tags, mean of the runs"): [
        (MINUTE, 0.25, 0.125, 1.0),
        (SECOND, 0.75, 0.5, 0.5),
    ],
    (EVALUATION, "Runs"): [(2,)],
    (EVALUATION, "F1 by run: all tags"): [("after", 0.75), ("before", 0.25)],
    (EVALUATION, "Match ratio, beside baselines that look at nothing"): [
        ("all_tags", 1.0),
        ("run", (1.0 + 0.5) / 2),
    ],
    (EVALUATION, "Runs and groups of tags"): [
        ("after", "all", 0.75, 0.5, 0.5, 1.0),
        ("after", "strict", 0.5, 0.25, 0.75, 0.875),
        ("before", "all", 0.25, 0.125, 1.0, 0.5),
    ],
}
LISTS: dict[tuple[str, str], tuple[int, str, Any]] = {  # how many, and a field of the first
    (MOVIE, "Captions"): (50, "time", 0.0),
    (PIPELINE, "The latest dead letters"): (3, "reason", "The file is cut off."),
}


def shown() -> list[ResolvedPanel]:
    objects = Objects(parse_objects(ndjson()))
    return [panel for one in objects.dashboards() for panel in objects.panels(one)]


def filters(panel: ResolvedPanel) -> list[dict[str, Any]]:
    return CHOSEN if panel.dashboard == MOVIE else []


def test_every_panel_has_figures_here() -> None:
    assert {(one.dashboard, one.panel) for one in shown()} == set(FIGURES) | set(LISTS)


async def test_every_panel_shows_what_is_worked_out_by_hand(
    es: AsyncElasticsearch, indices: Indices
) -> None:
    for panel in shown():
        if not panel.columns:
            continue
        body = panel_search(panel, SHOWN, filters(panel))
        answer = await es.search(index=indices[panel.alias], body=body)
        found = [tuple(row.values()) for row in panel_rows(panel, answer.body, SHOWN)]
        found = [cells for cells in found if cells[-1] != 0]
        wanted = [near(row) for row in FIGURES[panel.dashboard, panel.panel]]
        assert found == wanted, panel.panel


async def test_every_list_shows_the_documents_it_should(
    es: AsyncElasticsearch, indices: Indices
) -> None:
    for panel in shown():
        if panel.columns:
            continue
        body = listing(panel, SHOWN, filters(panel))
        hits = (await es.search(index=indices[panel.alias], body=body))["hits"]
        first = hits["hits"][0]["_source"]
        many, field, value = LISTS[panel.dashboard, panel.panel]
        assert (hits["total"]["value"], first[field]) == (many, value)
        assert set(first) == set(panel.fields)


def near(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """The row with its numbers as near as a float of 24 bits comes."""
    return tuple(pytest.approx(cell, rel=1e-6) if isinstance(cell, float) else cell for cell in row)
