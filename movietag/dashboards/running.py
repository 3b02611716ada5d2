"""The dashboards of operation: the pipeline's health, and evaluations over time."""

from __future__ import annotations

from typing import Final

from movietag.dashboards.panels import Control, Dashboard, Dates, Documents, Panel, Terms, Value
from movietag.dashboards.views import EVALUATIONS_VIEW, LETTERS_VIEW, STAGES_VIEW, STANDING

AGENTS: Final = Terms("agent", "agent", 10, by_name=True)
SNAPSHOT: Final = Dates("at_ms", "time")
LETTER_COUNT: Final = Value("count", "letters")
OURS: Final = 'system: "run" and group: "all"'


def _measure(name: str, label: str) -> Value:
    return Value("average", label, f"measures.{name}.value", percent=True)


F1: Final = _measure("f1_micro", "F1")
PRECISION: Final = _measure("precision_micro", "precision")
MATCH_RATIO: Final = _measure("match_ratio", "match ratio")
AUC: Final = Value("average", "AUC", "measures.auc_tags.value")

PIPELINE: Final = Dashboard(
    "pipeline",
    "movietag: the pipeline",
    "What the stages do and have waiting (MOVIETAG_SNAPSHOT_SECONDS), and what failed.",
    (
        Panel(
            "Stage processes",
            STAGES_VIEW,
            "number",
            (Value("unique_count", "processes", "process"),),
            (0, 0, 16, 6),
        ),
        Panel(
            "Snapshots of a stage that was not ready",
            STAGES_VIEW,
            "number",
            (Value("count", "snapshots"),),
            (16, 0, 16, 6),
            where="ready: false",
        ),
        Panel(
            "Dead letters",
            LETTERS_VIEW,
            "number",
            (LETTER_COUNT,),
            (32, 0, 16, 6),
            where=STANDING,
        ),
        Panel(
            "Events a second",
            STAGES_VIEW,
            "lines",
            (Value("sum", "events a second", "events", per_second=True),),
            (0, 6, 24, 14),
            (AGENTS, SNAPSHOT),
        ),
        Panel(
            "Lag: messages not committed (of the process that has most)",
            STAGES_VIEW,
            "lines",
            (Value("max", "messages", "lag"),),
            (24, 6, 24, 14),
            (AGENTS, SNAPSHOT),
        ),
        Panel(
            "Latency: seconds that an entry takes (mean of the snapshots)",
            STAGES_VIEW,
            "lines",
            (Value("average", "seconds", "handle_s"),),
            (0, 20, 24, 14),
            (AGENTS, SNAPSHOT),
        ),
        Panel(
            "Age of the oldest entry in flight, seconds",
            STAGES_VIEW,
            "lines",
            (Value("max", "seconds", "oldest_s"),),
            (24, 20, 24, 14),
            (AGENTS, SNAPSHOT),
        ),
        Panel(
            "Dead letters by error",
            LETTERS_VIEW,
            "columns",
            (LETTER_COUNT,),
            (0, 34, 24, 12),
            (Terms("error", "error", 10), Dates("at_ms", "time")),
            where=STANDING,
        ),
        Panel(
            "Dead letters by reason",
            LETTERS_VIEW,
            "table",
            (LETTER_COUNT,),
            (24, 34, 24, 12),
            (
                Terms("stage", "stage", 6),
                Terms("error", "error", 10),
                Terms("reason.raw", "reason", 10),
            ),
            where=STANDING,
        ),
        Documents(
            "The latest dead letters",
            LETTERS_VIEW,
            ("at_ms", "stage", "error", "reason", "movie_id", "state"),
            ("at_ms", "desc"),
            (0, 46, 48, 14),
            where=STANDING,
        ),
    ),
    (Control(STAGES_VIEW, "stage", "Stage"),),
    since="now-1h",
)

EVALUATION: Final = Dashboard(
    "evaluation",
    "movietag: evaluation",
    "What `movietag evaluate --index` wrote. A run that is evaluated again with the same choices takes its own"
    " place, so each stands at the time of its last evaluation.",
    (
        Panel(
            "Over time: all tags, mean of the runs",
            EVALUATIONS_VIEW,
            "lines",
            (F1, PRECISION, MATCH_RATIO),
            (0, 0, 30, 16),
            (Dates("evaluated_ms", "time"),),
            where=OURS,
        ),
        Panel(
            "Runs",
            EVALUATIONS_VIEW,
            "number",
            (Value("unique_count", "runs", "run"),),
            (30, 0, 18, 16),
        ),
        Panel(
            "F1 by run: all tags",
            EVALUATIONS_VIEW,
            "bars",
            (F1,),
            (0, 16, 24, 16),
            (Terms("run", "run", 20),),
            where=OURS,
        ),
        Panel(
            "Match ratio, beside baselines that look at nothing",
            EVALUATIONS_VIEW,
            "bars",
            (MATCH_RATIO,),
            (24, 16, 24, 16),
            (Terms("system", "system", 5),),
            where='group: "all"',
        ),
        Panel(
            "Runs and groups of tags",
            EVALUATIONS_VIEW,
            "table",
            (F1, PRECISION, MATCH_RATIO, AUC),
            (0, 32, 48, 16),
            (Terms("run", "run", 20), Terms("group", "group", 3)),
            where='system: "run"',
        ),
    ),
    (
        Control(EVALUATIONS_VIEW, "reference", "Reference"),
        Control(EVALUATIONS_VIEW, "run", "Run"),
    ),
    since="now-1y",
)
