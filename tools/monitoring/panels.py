"""The panels of the Grafana dashboard, in the order in which they are read at night."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Graph:
    """A panel with lines over time.

    Attributes:
        title: what it shows.
        query: in PromQL.
        legend: of a line, by its labels.
        unit: as Grafana names it: ``short``, ``s``, ``bytes``, ``ops``, ``reqps``.
        help: what to look for.
    """

    title: str
    query: str
    legend: str
    unit: str = "short"
    help: str = ""


GRAPHS: Final = (
    Graph(
        "Processes that are ready",
        "sum by (stage) (movietag_ready * on (job, instance) group_left (stage) movietag_build_info)",
        "{{stage}}",
        help="A stage at 0 does nothing.",
    ),
    Graph(
        "Processes by version",
        "count by (stage, version) (movietag_build_info)",
        "{{stage}} {{version}}",
        help="Two versions of a stage: an upgrade is under way.",
    ),
    Graph(
        "Messages not committed",
        "sum by (topic) (movietag_lag)",
        "{{topic}}",
        help="What waits before each stage. It should fall, or be as long as sites allow.",
    ),
    Graph(
        "Age of the oldest message",
        "max by (topic) (movietag_oldest_message_seconds)",
        "{{topic}}",
        "s",
        "videos may wait for days for a site; frames, captions and documents should not.",
    ),
    Graph(
        "Events done",
        "sum by (agent) (rate(movietag_events_total[5m]))",
        "{{agent}}",
        "ops",
    ),
    Graph(
        "Time of a step, 95 % below",
        "histogram_quantile(0.95, sum by (le, agent, step) (rate(movietag_step_seconds_bucket[5m])))",
        "{{agent}} {{step}}",
        "s",
    ),
    Graph(
        "Videos an hour",
        "sum by (outcome, reason) (increase(movietag_videos_total[1h])) > 0",
        "{{outcome}} {{reason}}",
    ),
    Graph(
        "Movies an hour",
        "sum by (status) (increase(movietag_movies_total[1h]))",
        "{{status}}",
    ),
    Graph(
        "Captions by quality",
        "sum by (quality) (rate(movietag_captions_total[5m]))",
        "{{quality}}",
        "ops",
        "Many that are not whole: the model or its prompt is wrong.",
    ),
    Graph(
        "Dead letters an hour",
        "sum by (error) (increase(movietag_dead_letters_total[1h])) > 0",
        "{{error}}",
    ),
    Graph(
        "Failures that are retried",
        "sum by (kind) (rate(movietag_retries_total[5m]))",
        "{{kind}}",
        "ops",
    ),
    Graph(
        "Since a server last answered",
        "max by (server) (movietag_answer_age_seconds)",
        "{{server}}",
        "s",
        "Queries are sent every 5 s.",
    ),
    Graph(
        "Paused sites: seconds until the next try",
        "max by (site) (movietag_site_pause_seconds)",
        "{{site}}",
        "s",
    ),
    Graph(
        "Rebalances an hour",
        "sum by (stage) (increase(movietag_rebalances_total[1h])"
        " * on (job, instance) group_left (stage) movietag_build_info)",
        "{{stage}}",
        help="Many of them: workers come and go, and work is done again.",
    ),
    Graph(
        "Free disk",
        "min by (folder, instance) (movietag_free_disk_bytes)",
        "{{folder}} {{instance}}",
        "bytes",
    ),
    Graph(
        "Clock minus the broker's",
        "movietag_clock_skew_seconds",
        "{{instance}}",
        "s",
    ),
    Graph(
        "Memory",
        "process_resident_memory_bytes * on (job, instance) group_left (stage) movietag_build_info",
        "{{stage}} {{instance}}",
        "bytes",
    ),
    Graph(
        "Requests to the pages and the API",
        "sum by (status) (rate(movietag_web_requests_total[5m]))",
        "{{status}}",
        "reqps",
    ),
)
