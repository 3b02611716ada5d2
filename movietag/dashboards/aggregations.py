"""The search that Kibana sends for a Lens panel, and the table that it makes of the response.

Lens nests the buckets in the order of the columns and computes its values in the innermost ones; a terms bucket
that is ordered by a value also has it next to the nested buckets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from movietag.dashboards.kql import clauses
from movietag.dashboards.saved_objects import ResolvedPanel
from movietag.documents import Json

Row = dict[str, Any]  # label of a column -> its value

_METRICS: Final = {"average": "avg", "sum": "sum", "max": "max", "unique_count": "cardinality"}
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_BUCKET: Final = "bucket"


@dataclass(frozen=True, slots=True)
class Period:
    """A time range in milliseconds since 1970, and the step that Kibana uses for it."""

    since_ms: int
    until_ms: int
    step: str = "1m"

    @property
    def seconds(self) -> int:
        """The length of a step in seconds."""
        return int(self.step[:-1]) * _UNITS[self.step[-1]]


def panel_search(panel: ResolvedPanel, period: Period, filters: Sequence[Json] = ()) -> Json:
    """The search of a panel; ``filters`` come from the dashboard's controls."""
    buckets = [(name, column) for name, column in panel.columns.items() if column["isBucketed"]]
    values = [(name, column) for name, column in panel.columns.items() if not column["isBucketed"]]
    return {
        "query": _query(panel, period, filters),
        "size": 0,
        "track_total_hits": True,
        "aggs": _nested(buckets, values, period),
    }


def listing(panel: ResolvedPanel, period: Period, filters: Sequence[Json] = ()) -> Json:
    """The search of a list of documents."""
    return {
        "query": _query(panel, period, filters),
        "_source": list(panel.fields),
        "sort": [{field: order} for field, order in panel.sort],
        "size": 500,
    }


def _query(panel: ResolvedPanel, period: Period, filters: Sequence[Json]) -> Json:
    query = clauses(panel.query)
    query["bool"]["filter"] += filters
    if panel.time:
        within = {"gte": period.since_ms, "lt": period.until_ms, "format": "epoch_millis"}
        query["bool"]["filter"].append({"range": {panel.time: within}})
    return query


def _nested(
    buckets: list[tuple[str, Json]], values: list[tuple[str, Json]], period: Period
) -> Json:
    metrics = {
        name: {_METRICS[column["operationType"]]: {"field": column["sourceField"]}}
        for name, column in values
        if column["operationType"] != "count"
    }
    if not buckets:
        return metrics
    column = buckets[0][1]
    inner = _nested(buckets[1:], values, period)
    orders = column.get("params", {}).get("orderBy", {}).get("columnId")
    own = {orders: metrics[orders]} if orders in metrics else {}
    return {_BUCKET: _bucket(column, metrics, period) | {"aggs": own | inner}}


def _bucket(column: Json, metrics: Mapping[str, Json], period: Period) -> Json:
    field, params = column["sourceField"], column["params"]
    match column["operationType"]:
        case "terms":
            by = params["orderBy"]
            key = by["columnId"] if by["type"] == "column" else "_key"
            if by["type"] == "column" and key not in metrics:
                key = "_count"
            order = {key: params["orderDirection"]}
            return {"terms": {"field": field, "size": params["size"], "order": order}}
        case "range":
            ranges = [
                {end: one[end] for end in ("from", "to") if one[end] is not None}
                for one in params["ranges"]
            ]
            return {"range": {"field": field, "ranges": ranges}}
        case "date_histogram":
            dates: Json = {"field": field, "fixed_interval": period.step, "min_doc_count": 0}
            return {"date_histogram": dates | {"time_zone": "UTC"}}
    raise ValueError(f"No panel of ours has buckets by {column['operationType']!r}.")


def panel_rows(panel: ResolvedPanel, answer: Mapping[str, Any], period: Period) -> list[Row]:
    """The table that Lens draws: one row per innermost bucket."""
    whole = {"doc_count": answer["hits"]["total"]["value"]} | dict(answer.get("aggregations", {}))
    return list(_rows(list(panel.columns.items()), whole, period))


def _rows(
    columns: list[tuple[str, Json]], answer: Mapping[str, Any], period: Period
) -> Iterator[Row]:
    column, rest = columns[0][1], columns[1:]
    if not column["isBucketed"]:
        yield {one["label"]: _value(key, one, answer, period) for key, one in columns}
        return
    for bucket in answer[_BUCKET]["buckets"]:
        key = (bucket["from"], bucket.get("to")) if "from" in bucket else bucket["key"]
        for row in _rows(rest, bucket, period):
            yield {column["label"]: key} | row


def _value(name: str, column: Json, bucket: Mapping[str, Any], period: Period) -> float | None:
    counted = column["operationType"] == "count"
    value: float | None = bucket["doc_count"] if counted else bucket[name]["value"]
    if value is not None and column.get("timeScale") == "s":
        return value / period.seconds
    return value
