"""The metrics of every stage, in one table, and their values.

A metric of the table is all there is to it: its name, its help and its labels are what Prometheus
reads at ``/metrics``, and what docs/operations.md lists. The label ``agent`` and the label ``topic`` are
the short name of a topic, such as ``frames``.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from movietag.letters.kinds import KINDS
from movietag.records import CaptionQuality

disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for each: when it was first counted

M = TypeVar("M", Counter, Gauge, Histogram)

SECONDS = (0.005, 0.02, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
SIZES = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)


@dataclass(frozen=True, slots=True)
class Metric(Generic[M]):
    """A row of the table."""

    name: str
    kind: type[M]
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()

    def made(self, registry: CollectorRegistry) -> M:
        """The metric itself, at zero."""
        options = {"buckets": self.buckets} if self.buckets else {}
        return self.kind(self.name, self.help, self.labels, registry=registry, **options)  # type: ignore[arg-type]


EVENTS = Metric("movietag_events_total", Counter, "Events done and acknowledged.", ("agent",))
STEP_SECONDS = Metric(
    "movietag_step_seconds",
    Histogram,
    "Time of a step: `handle` (from taking an event or batch to its work done, all tries and their"
    " pauses included), `ack-wait` (from then until all earlier work was done too), and of one try:"
    " `triton` (a caption), `download` (a video with its frames), `embed` (the vectors of a batch, with"
    " MOVIETAG_EMBEDDER), `write` (a batch into Elasticsearch).",
    ("agent", "step"),
    SECONDS,
)
BATCH_EVENTS = Metric(
    "movietag_batch_events", Histogram, "Events of a batch.", ("agent",), buckets=SIZES
)
IN_FLIGHT = Metric(
    "movietag_in_flight",
    Gauge,
    "Entries (events, or batches) taken and not acknowledged.",
    ("agent",),
)
OLDEST_SECONDS = Metric(
    "movietag_oldest_seconds",
    Gauge,
    "Age of the oldest entry in flight; 0 without one.",
    ("agent",),
)
LAG = Metric(
    "movietag_lag",
    Gauge,
    "Messages not committed, of the partitions of this process; measured every 5 s. No series while it is unknown.",
    ("topic",),
)
OLDEST_MESSAGE = Metric(
    "movietag_oldest_message_seconds",
    Gauge,
    "Seconds since the broker got the oldest message that this process has read and not committed; 0 without one."
    " No series while it is unknown.",
    ("topic",),
)
REBALANCES = Metric(
    "movietag_rebalances_total",
    Counter,
    "Times that the consumer group of this process has shared its partitions out, the first one included.",
)
ANSWER_AGE = Metric(
    "movietag_answer_age_seconds",
    Gauge,
    "Seconds since a server last answered a query of its health, which each stage that uses it sends every 5 s:"
    " `kafka`, `triton` (any of several), `elasticsearch`, `frame-store`.",
    ("server",),
)
RETRIES = Metric(
    "movietag_retries_total",
    Counter,
    "Transient failures after which work was tried again, by kind: the server (`kafka`, `elasticsearch`,"
    " `triton`), or what the failure calls itself, such as `network`; else `transient`.",
    ("kind",),
)
DEAD_LETTERS = Metric(
    "movietag_dead_letters_total", Counter, "Events that became dead letters, by error.", ("error",)
)
INTERNAL_ERRORS = Metric(
    "movietag_internal_errors_total",
    Counter,
    "Errors of movietag's own; beyond 20 the stage stops.",
)
UNKNOWN = Metric(
    "movietag_unknown_total",
    Counter,
    "Messages of a kind, or with a value, that a newer movietag has added: passed over, and kept.",
    ("topic",),
)
REMOVED = Metric(
    "movietag_removed_titles_total",
    Counter,
    "Messages of movietag.titles that say that something is gone, and lead to nothing: `tombstone` (null) or"
    " `delete` (a deleted row; MOVIETAG_TITLE_DELETES=forget forgets its movie instead, and is not counted here).",
    ("kind",),
)
VIDEOS = Metric(
    "movietag_videos_total",
    Counter,
    "Videos settled by the fetch stage: `fetched`, `failed` with the reason's kind, `passed on` to a worker that has"
    " the file, or `left` since nobody waits for them any more. After a crash the last ones may be counted again.",
    ("outcome", "reason"),
)
MOVIES = Metric(
    "movietag_movies_total",
    Counter,
    "Generations of movies that the count stage has seen end, `complete` or `failed` (without an image). After a"
    " restart those that get facts are counted again.",
    ("status",),
)
CATALOGUE = Metric(
    "movietag_catalogue_total",
    Counter,
    "Films looked up in the catalogue, with MOVIETAG_CATALOGUE, by result (`film`, `none`, `ambiguous`, `failed`:"
    " planned without it) and by who answered (`service`, `cache`, `none`).",
    ("result", "by"),
)
CAPTIONS = Metric(
    "movietag_captions_total",
    Counter,
    "Captions sent, by their quality mark (docs/models.md#answers); `unmarked`: scores of tags, and captions of a"
    " model that does not say why they ended.",
    ("quality",),
)
UNMARKED: Final = "unmarked"
LEDGER_PAGES = Metric("movietag_ledger_pages", Gauge, "Pages of the ledger in this process.")
LEDGER_DAMAGED = Metric(
    "movietag_ledger_damaged_pages",
    Gauge,
    "Pages of which something could not be read when it was asked for; the rest is used.",
)
LEDGER_BYTES = Metric(
    "movietag_ledger_bytes", Gauge, "Bytes of these pages and their keys, compressed as they are."
)
UNREADABLE = Metric(
    "movietag_unreadable_offset",
    Gauge,
    "Offset of a batch that cannot be read, for which its partition waits; no series where none does.",
    ("topic", "partition"),
)
SITES_PAUSED = Metric(
    "movietag_sites_paused",
    Gauge,
    "Sites that are paused or being tried again, since they fail for everybody or want a pause.",
)
SITE_PAUSE = Metric(
    "movietag_site_pause_seconds",
    Gauge,
    "Seconds until a site is tried again that is paused; 0: it is being tried. No series for others.",
    ("site",),
)
CLOCK_SKEW = Metric(
    "movietag_clock_skew_seconds",
    Gauge,
    "This machine's clock minus the broker's, measured with each report to the other workers (every 30 s); no series"
    " before the first one, and where topics take the time of producers.",
    ("server",),
)
FREE_DISK = Metric(
    "movietag_free_disk_bytes",
    Gauge,
    "Bytes free for this account where the stage writes: `home` (MOVIETAG_HOME) and `work` (temporary files).",
    ("folder",),
)
BUILD_INFO = Metric(
    "movietag_build_info",
    Gauge,
    "1, by the stage of the process and its version of movietag.",
    ("stage", "version"),
)
READY = Metric("movietag_ready", Gauge, "1 when /readyz would say 200, else 0.")

TABLE = (
    EVENTS,
    STEP_SECONDS,
    BATCH_EVENTS,
    IN_FLIGHT,
    OLDEST_SECONDS,
    LAG,
    OLDEST_MESSAGE,
    REBALANCES,
    ANSWER_AGE,
    RETRIES,
    DEAD_LETTERS,
    INTERNAL_ERRORS,
    UNKNOWN,
    REMOVED,
    VIDEOS,
    MOVIES,
    CATALOGUE,
    CAPTIONS,
    LEDGER_PAGES,
    LEDGER_DAMAGED,
    LEDGER_BYTES,
    UNREADABLE,
    SITES_PAUSED,
    SITE_PAUSE,
    CLOCK_SKEW,
    FREE_DISK,
    BUILD_INFO,
    READY,
)


class Metrics:
    """The metrics of one process, by their row: ``metrics[EVENTS].labels("frames").inc()``."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._made = {metric.name: metric.made(self._registry) for metric in TABLE}
        self._refreshing: list[Callable[[], None]] = []
        ProcessCollector(registry=self._registry)
        for kind in KINDS:  # else the first letter of a kind is no increase
            self[DEAD_LETTERS].labels(kind)
        for status in ("complete", "failed"):
            self[MOVIES].labels(status)
        for kind in ("kafka", "elasticsearch", "triton", "transient"):
            self[RETRIES].labels(kind)

    def __getitem__(self, metric: Metric[M]) -> M:
        made = self._made[metric.name]
        assert isinstance(made, metric.kind)
        return made

    def step(self, agent: str, step: str) -> AbstractContextManager[object]:
        """Measure the block as a step of an agent, whether it succeeds or fails."""
        return self[STEP_SECONDS].labels(agent, step).time()

    def caption_counter(self) -> Callable[[str], None]:
        """What counts captions by their mark (empty: none); each mark has its series from now on."""
        for quality in (*CaptionQuality, UNMARKED):
            self[CAPTIONS].labels(quality)
        return lambda quality: self[CAPTIONS].labels(quality or UNMARKED).inc()

    def retried(self, kind: str) -> None:
        """Count a transient failure."""
        self[RETRIES].labels(kind).inc()

    def refresh_by(self, refresh: Callable[[], None]) -> None:
        """Call ``refresh`` before each scrape, to set its gauges; it must be quick."""
        self._refreshing.append(refresh)

    def text(self) -> bytes:
        """All metrics, as Prometheus reads them."""
        for refresh in self._refreshing:
            refresh()
        return generate_latest(self._registry)
